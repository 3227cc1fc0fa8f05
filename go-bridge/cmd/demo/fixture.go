package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// requestBody is the request: an inventory in the system prompt, a conversation, a tool result with JSON in a string.
//
//go:embed testdata/request.json
var requestBody []byte

// originalsJSON lists every identifier in the request.
//
//go:embed testdata/originals.json
var originalsJSON []byte

// original is an identifier that must not reach the provider.
type original struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	// Part is what must not reach it alone either: a name inside an ARN, the front of a host.
	Part string `json:"part,omitempty"`
}

// needles are the texts to look for in what the provider has received.
func (o original) needles() []string {
	if o.Part == "" {
		return []string{o.Value}
	}
	return []string{o.Value, o.Part}
}

func originals() ([]original, error) {
	var all []original
	if err := json.Unmarshal(originalsJSON, &all); err != nil {
		return nil, fmt.Errorf("originals.json: %w", err)
	}
	return all, nil
}

func kinds(all []original) int {
	seen := map[string]bool{}
	for _, o := range all {
		seen[o.Kind] = true
	}
	return len(seen)
}
