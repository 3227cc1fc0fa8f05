package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"aws-masker/go-bridge/engine"
	"aws-masker/go-bridge/nginxsim"
)

// deltas is the length of the stream: a long answer of Claude.
const deltas = 2000

// claude is a stream of that many text deltas; every twentieth has a token, cut over two deltas.
func claude() [][]byte {
	words := strings.Fields("the instance behind the load balancer runs in a private subnet and its volume is attached")
	var events [][]byte
	for i := range deltas {
		text := " " + words[i%len(words)]
		switch i % 20 {
		case 7:
			text = " AWS_EC"
		case 8:
			text = fmt.Sprintf("2_%03d", 1+i/20%40)
		}
		events = append(events, fmt.Appendf(nil, "event: content_block_delta\n"+
			`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%s"}}`+"\n\n", text))
	}
	return events
}

// handover is what the access phase of a request with forty instance ids leaves.
func handover() (*nginxsim.Handover, error) {
	const config = `{"use_redis":false}`
	masker, err := engine.New([]byte(config))
	if err != nil {
		return nil, err
	}
	defer masker.Close()
	var ids strings.Builder
	for i := range 40 {
		fmt.Fprintf(&ids, "i-%017x ", 1<<40+i*7919)
	}
	masked, err := masker.Mask("text/plain", []byte(ids.String()))
	return &nginxsim.Handover{Mapping: masked.Mapping, Config: config}, err
}

// provider answers every request with pieces of a chunked response. It is written on the bare socket, so that it is not
// what is measured.
type provider struct {
	listener net.Listener
	pieces   [][]byte
	pace     pace
	ended    sync.WaitGroup
}

// pace is when the next piece is written.
type pace int

const (
	asFastAsTaken pace = iota
	// oneByOne: when the client has the one before, as if the model took its time: every piece goes through nginx alone.
	oneByOne
	// pauseAfterFirst: two milliseconds after the first.
	pauseAfterFirst
)

// lanes are one channel for each client of a provider that writes one by one; the client sends when it has a piece.
var lanes [connections]chan struct{}

func init() {
	for i := range lanes {
		lanes[i] = make(chan struct{}, 1)
	}
}

// patience is how long the provider waits for the client to have a piece.
const patience = 100 * time.Millisecond

const answerHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

func startProvider(events [][]byte, perPiece int, pace pace) (*provider, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{listener: listener, pace: pace}
	for len(events) > 0 {
		n := min(perPiece, len(events))
		piece := bytes.Join(events[:n], nil)
		p.pieces = append(p.pieces, fmt.Appendf(nil, "%x\r\n%s\r\n", len(piece), piece))
		events = events[n:]
	}
	p.pieces[0] = append([]byte(answerHead), p.pieces[0]...)
	p.pieces = append(p.pieces, []byte("0\r\n\r\n"))
	go p.serve()
	return p, nil
}

func (p *provider) address() string { return p.listener.Addr().String() }

func (p *provider) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.ended.Add(1)
		go func() {
			defer p.ended.Done()
			defer c.Close()
			p.answer(c)
		}()
	}
}

func (p *provider) answer(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		lane, err := readHead(in)
		if err != nil {
			return
		}
		for i, piece := range p.pieces {
			if _, err := c.Write(piece); err != nil {
				return
			}
			p.wait(i, lane)
		}
	}
}

// readHead reads the head of a GET and returns the client's lane, which is the path's last letter.
func readHead(in *bufio.Reader) (lane int, err error) {
	first, err := in.ReadString('\n')
	if err != nil {
		return 0, err
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(first, "GET "), " ")
	for {
		line, err := in.ReadSlice('\n')
		if err != nil || len(line) <= 2 {
			return int(path[len(path)-1]-'a') % connections, err
		}
	}
}

func (p *provider) wait(piece, lane int) {
	switch {
	case p.pace == pauseAfterFirst && piece == 0:
		time.Sleep(2 * time.Millisecond)
	case p.pace == oneByOne && piece < len(p.pieces)-2:
		select {
		case <-lanes[lane]:
		case <-time.After(patience):
		}
	}
}

func (p *provider) close() { p.listener.Close() }

// reader is a client on the bare socket.
type reader struct {
	net.Conn
	lane    int
	request []byte
	chunk   []byte
}

func dial(address, path string, lane int) (*reader, error) {
	c, err := net.Dial("tcp", address)
	request := fmt.Appendf(nil, "GET %s%c HTTP/1.1\r\nHost: bench\r\n\r\n", path, 'a'+lane)
	return &reader{c, lane, request, make([]byte, 256<<10)}, err
}

// get sends a request and reads the response to its last chunk. It returns the time to the first byte of the body and
// the bytes of the whole.
func (r *reader) get() (first time.Duration, size int, err error) {
	began := time.Now()
	if _, err := r.Write(r.request); err != nil {
		return 0, 0, err
	}
	tail := make([]byte, 0, 16)
	for {
		n, err := r.Read(r.chunk)
		if err != nil {
			return 0, 0, err
		}
		select {
		case lanes[r.lane] <- struct{}{}:
		default:
		}
		got := r.chunk[:n]
		if size == 0 && !bytes.HasPrefix(got, []byte("HTTP/1.1 200 OK")) {
			return 0, 0, errors.New("the answer is not 200")
		}
		size += n
		if first == 0 && bytes.Contains(got, []byte("event:")) {
			first = time.Since(began)
		}
		tail = append(tail, got[max(0, n-5):]...)
		tail = tail[max(0, len(tail)-5):]
		if string(tail) == "0\r\n\r\n" {
			return first, size, nil
		}
	}
}
