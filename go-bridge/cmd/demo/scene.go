package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"aws-masker/go-bridge/kongsim"
)

// scene is everything the demo shows.
type scene struct {
	Sent        json.RawMessage `json:"client_sent"`
	Saw         json.RawMessage `json:"provider_saw"`
	Got         json.RawMessage `json:"client_got"`
	Identifiers int             `json:"identifiers"`
	Kinds       int             `json:"kinds"`
	Tokens      int             `json:"tokens"`
	Restored    int             `json:"restored"`
	// Leaked are the identifiers that reached the provider.
	Leaked []string `json:"leaked"`
	// Unrestored are the tokens that reached the client, and what came back as something the client had not sent.
	Unrestored []string `json:"unrestored"`
	First      timing   `json:"first_us"`
	Median     timing   `json:"median_us"`
	Requests   int      `json:"requests"`
	OK         bool     `json:"ok"`

	originals []original
}

const (
	patience = 20 * time.Second
	// repeats is how many requests the median is taken of.
	repeats = 200
)

// play sends the request and looks at what became of it.
func play(serverPath string) (s *scene, err error) {
	dir, err := os.MkdirTemp("", "aws-masker-demo")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "aws-masker.socket")
	var log logLines
	server := kongsim.Start([]string{serverPath, "-kong-prefix", dir}, nil, log.add)
	defer func() { err = errors.Join(err, server.Stop(patience)) }()
	if err := kongsim.WaitForSocket(socket, patience); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, log.String())
	}

	behind := &provider{}
	upstream, stopUpstream, err := listen(behind)
	if err != nil {
		return nil, err
	}
	defer stopUpstream()
	phases := &phaseTimes{}
	kong, err := kongsim.New(kongsim.Config{
		Socket: socket, Upstream: upstream, Workers: 1, BodyBuffer: 1 << 20,
		PluginConfig: map[string]any{"use_redis": false},
		OnPhase:      phases.add,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, kong.Close()) }()
	address, stopKong, err := listen(kong)
	if err != nil {
		return nil, err
	}
	defer stopKong()

	address.Path = "/v1/messages"
	total := make([]time.Duration, 1+repeats)
	var got []byte
	for i := range total {
		began := time.Now()
		answer, err := post(address.String(), requestBody)
		total[i] = time.Since(began)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, log.String())
		}
		if i > 0 && !bytes.Equal(answer, got) {
			return nil, errors.New("the same request got a different answer")
		}
		got = answer
	}
	return look(behind, phases, total, got)
}
