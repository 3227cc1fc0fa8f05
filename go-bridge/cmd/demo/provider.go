package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// tokenForm is the form of a token.
var tokenForm = regexp.MustCompile(`AWS_[A-Z0-9]+(?:_[A-Z0-9]+)*_[0-9]{3,}`)

// provider is a small LLM provider: it reads a request in Anthropic's Messages format and answers, in the same format,
// about the tokens it has found, in a text and in the input of a tool call.
type provider struct {
	mu   sync.Mutex
	body []byte // of the first request
	raw  []byte // of all requests: request lines, headers and bodies
	took []time.Duration
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.remember(r, body)
	answer, err := reply(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.took = append(p.took, time.Since(began))
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_demo")
	_, _ = w.Write(answer)
}

func (p *provider) remember(r *http.Request, body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.body == nil {
		p.body = body
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s\n", r.Method, r.URL)
	_ = r.Header.Write(&head)
	p.raw = append(append(p.raw, head.Bytes()...), body...)
}

// messagesRequest is the part of a Messages request that the provider reads.
type messagesRequest struct {
	Model    string
	System   any
	Messages []struct {
		Role    string
		Content any
	}
	Tools []struct{ Name string }
}

// reply answers a Messages request.
func reply(body []byte) ([]byte, error) {
	var request messagesRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("not a Messages request: %w", err)
	}
	if len(request.Messages) == 0 || len(request.Tools) == 0 {
		return nil, fmt.Errorf("not a Messages request: no messages or no tools")
	}
	var read strings.Builder
	gather(&read, request.System)
	for _, message := range request.Messages {
		gather(&read, message.Content)
	}
	found, count := tokens(read.String())
	input, err := toolInput(found)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"id": "msg_demo", "type": "message", "role": "assistant", "model": request.Model,
		"content": []any{
			map[string]any{"type": "text", "text": opinion(found, count)},
			map[string]any{"type": "tool_use", "id": "toolu_demo", "name": request.Tools[0].Name, "input": input},
		},
		"stop_reason": "tool_use", "stop_sequence": nil,
		"usage": map[string]any{"input_tokens": len(body) / 4, "output_tokens": 12 * len(found)},
	})
}

// gather collects all texts in a piece of content, JSON inside strings included as it is written.
func gather(out *strings.Builder, content any) {
	switch c := content.(type) {
	case string:
		out.WriteString(c)
		out.WriteByte('\n')
	case []any:
		for _, item := range c {
			gather(out, item)
		}
	case map[string]any:
		names := make([]string, 0, len(c))
		for name := range c {
			names = append(names, name)
		}
		slices.Sort(names) // the same request gets the same answer
		for _, name := range names {
			gather(out, c[name])
		}
	}
}

// tokens returns the distinct tokens of a text in the order of their first appearance, and how often each appears.
func tokens(text string) ([]string, map[string]int) {
	var found []string
	count := map[string]int{}
	for _, token := range tokenForm.FindAllString(text, -1) {
		if count[token]++; count[token] == 1 {
			found = append(found, token)
		}
	}
	return found, count
}

// opinion is what the model says.
func opinion(found []string, count map[string]int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "I found %d resources in what you sent me. The ones that matter here:\n", len(found))
	for _, token := range found {
		if count[token] > 1 {
			fmt.Fprintf(&out, "- **%s** is mentioned %d times.\n", token, count[token])
		}
	}
	fmt.Fprintf(&out, "`%s` times out, so I will check it first, then \"%s\" (%s).",
		pick(found, "AWS_EC2_"), pick(found, "AWS_SECURITY_GROUP_"), pick(found, "AWS_RDS_"))
	return out.String()
}

// toolInput is the input of the tool call: tokens in a command line, as array items, and in JSON inside a string.
func toolInput(found []string) (map[string]any, error) {
	note, err := json.Marshal(map[string]any{
		"reason": "rules of \"" + pick(found, "AWS_SECURITY_GROUP_") + "\"\nagainst " + pick(found, "AWS_PRIVATE_IP_"),
		"first":  found[:min(3, len(found))],
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"command":   "aws ec2 describe-instance-status --instance-ids " + pick(found, "AWS_EC2_"),
		"resources": found,
		"note":      string(note),
	}, nil
}

// pick returns the first token of a kind.
func pick(found []string, prefix string) string {
	for _, token := range found {
		if strings.HasPrefix(token, prefix) {
			return token
		}
	}
	return "nothing"
}
