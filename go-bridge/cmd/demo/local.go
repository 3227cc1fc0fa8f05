package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

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
