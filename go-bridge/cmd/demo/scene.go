package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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

// timing is where the time of a request went, in microseconds.
type timing struct {
	Total    int64 `json:"total"`
	Access   int64 `json:"access"`
	Provider int64 `json:"provider"`
	Response int64 `json:"response"`
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

// look makes a scene of what was seen.
func look(p *provider, phases *phaseTimes, total []time.Duration, got []byte) (*scene, error) {
	all, err := originals()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	seen, _ := tokens(string(p.body))
	s := &scene{
		Sent: requestBody, Saw: p.body, Got: got,
		Identifiers: len(all), Kinds: kinds(all), Tokens: len(seen), Requests: len(total),
		Leaked:     leaked(all, p.raw),
		First:      timing{us(total[0]), us(phases.access[0]), us(p.took[0]), us(phases.response[0])},
		Median:     timing{median(total[1:]), median(phases.access[1:]), median(p.took[1:]), median(phases.response[1:])},
		originals:  all,
		Unrestored: []string{},
	}
	if s.Unrestored, s.Restored, err = unrestored(got); err != nil {
		return nil, err
	}
	s.OK = len(s.Leaked) == 0 && len(s.Unrestored) == 0 && s.Tokens > 0 && s.Restored > 0
	return s, nil
}

// leaked returns the identifiers that the provider has received.
func leaked(all []original, raw []byte) []string {
	found := []string{}
	for _, o := range all {
		for _, needle := range o.needles() {
			if bytes.Contains(raw, []byte(needle)) {
				found = append(found, needle)
			}
		}
	}
	return found
}

// unrestored returns the tokens in the client's answer, and the resources in its tool call that the client had not sent
// in its request. restored is the number of resources that it had.
func unrestored(got []byte) (problems []string, restored int, err error) {
	problems, _ = tokens(string(got))
	if problems == nil {
		problems = []string{}
	}
	var answer struct {
		Content []struct{ Input struct{ Resources []string } }
	}
	if err := json.Unmarshal(got, &answer); err != nil {
		return nil, 0, fmt.Errorf("the client's answer is not JSON: %w", err)
	}
	var request messagesRequest
	if err := json.Unmarshal(requestBody, &request); err != nil {
		return nil, 0, err
	}
	var sent strings.Builder
	gather(&sent, request.System)
	for _, message := range request.Messages {
		gather(&sent, message.Content)
	}
	for _, block := range answer.Content {
		for _, resource := range block.Input.Resources {
			if strings.Contains(sent.String(), resource) {
				restored++
			} else {
				problems = append(problems, resource)
			}
		}
	}
	return problems, restored, nil
}

// listen serves a handler on a free port of this machine.
func listen(handler http.Handler) (*url.URL, func(), error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: patience}
	go func() { _ = server.Serve(listener) }()
	return &url.URL{Scheme: "http", Host: listener.Addr().String()}, func() { server.Close() }, nil
}

func post(address string, body []byte) ([]byte, error) {
	client := http.Client{Timeout: patience}
	answer, err := client.Post(address, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the client got %d: %s", answer.StatusCode, text)
	}
	return text, err
}

// phaseTimes collects how long the phases took, in the order of the requests.
type phaseTimes struct {
	mu               sync.Mutex
	access, response []time.Duration
}

func (p *phaseTimes) add(phase string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if phase == "access" {
		p.access = append(p.access, took)
	} else {
		p.response = append(p.response, took)
	}
}

// logLines keeps what the plugin server prints, for the case that something fails.
type logLines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logLines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(&l.text, line)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func us(d time.Duration) int64 { return d.Microseconds() }

func median(all []time.Duration) int64 {
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	return us(sorted[len(sorted)/2])
}
