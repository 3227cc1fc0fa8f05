package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// redisServer is a real redis-server of the test's own.
type redisServer struct {
	t       *testing.T
	port    int
	command *exec.Cmd
}

// startRedis starts a redis-server on a free port. It is killed when the test ends.
func startRedis(t *testing.T, options ...string) *redisServer {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("this test needs a real redis-server: apt-get install redis-server")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &redisServer{t: t, port: listener.Addr().(*net.TCPAddr).Port}
	listener.Close()
	r.command = exec.Command(path, append([]string{
		"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no",
	}, options...)...)
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.kill)
	eventually(t, "redis-server starts", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.port))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return r
}

// kill ends the server at once.
func (r *redisServer) kill() {
	_ = r.command.Process.Kill()
	_ = r.command.Wait()
}

// config makes a plugin use this server.
func (r *redisServer) config() config {
	return config{"use_redis": true, "redis_host": "127.0.0.1", "redis_port": r.port}
}

// contents returns all string keys and their values.
func (r *redisServer) contents() map[string]string {
	r.t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.port))
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	in := bufio.NewReader(c)
	ask := func(words ...string) []string {
		r.t.Helper()
		fmt.Fprintf(c, "*%d\r\n", len(words))
		for _, word := range words {
			fmt.Fprintf(c, "$%d\r\n%s\r\n", len(word), word)
		}
		reply, err := readRESP(in)
		if err != nil {
			r.t.Fatalf("%s: %v", words[0], err)
		}
		return reply
	}
	found := map[string]string{}
	keys := ask("KEYS", "*")
	if len(keys) == 0 {
		return found
	}
	values := ask(append([]string{"MGET"}, keys...)...)
	for i, key := range keys {
		found[key] = values[i]
	}
	return found
}

// readRESP reads a bulk string or an array of them.
func readRESP(in *bufio.Reader) ([]string, error) {
	head, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(head[1:]))
	if err != nil {
		return nil, errors.New(head)
	}
	if head[0] == '*' {
		var all []string
		for range n {
			item, err := readRESP(in)
			if err != nil {
				return nil, err
			}
			all = append(all, item...)
		}
		return all, nil
	}
	if head[0] != '$' || n < 0 {
		return []string{""}, nil
	}
	text := make([]byte, n+2)
	_, err = io.ReadFull(in, text)
	return []string{string(text[:n])}, err
}
