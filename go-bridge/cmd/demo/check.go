package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

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
