package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composed is kong/docker/compose.yaml as far as it runs without containers: its certificates, its Redis and what its Kong
// hands to the plugin server. Paths, host name and port are this machine's; all else is the file's.
type composed struct {
	t        *testing.T
	services map[string]composeService
	certs    string // the volume
	port     int    // of Redis
}

type composeService struct {
	Entrypoint  string
	Command     any
	Environment map[string]string
	Healthcheck struct{ Test string }
}

// compose reads the file and makes the certificates.
func compose(t *testing.T) *composed {
	t.Helper()
	c := &composed{t: t, certs: t.TempDir()}
	var file struct{ Services map[string]composeService }
	readYAML(t, "kong/docker/compose.yaml", &file)
	c.services = file.Services
	c.makeCertificates()
	return c
}

// startComposed starts the Redis too.
func startComposed(t *testing.T) *composed {
	t.Helper()
	c := compose(t)
	c.port = freePort(t)
	words := strings.Fields(c.adapt(c.services["redis"].Command.(string), "--tls-port 6379", fmt.Sprint("--tls-port ", c.port)))
	words = append(words, "--bind", "127.0.0.1", "-::1", "--dir", t.TempDir(), "--save", "")
	redis := exec.Command(words[0], words[1:]...)
	var said bytes.Buffer
	redis.Stdout, redis.Stderr = &said, &said
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = redis.Process.Kill()
		_ = redis.Wait()
		if t.Failed() {
			t.Logf("redis-server's log:\n%s", &said)
		}
	})
	check := c.adapt(c.services["redis"].Healthcheck.Test, "redis-cli ", fmt.Sprint("redis-cli -p ", c.port, " "))
	eventually(t, "the health check succeeds", func() bool {
		answer, err := exec.Command("sh", "-c", check).Output()
		return err == nil && string(answer) == "PONG\n"
	})
	return c
}

// makeCertificates runs the script of the service certs.
func (c *composed) makeCertificates() {
	c.t.Helper()
	service := c.services["certs"]
	command := []string{service.Entrypoint}
	for _, word := range service.Command.([]any) {
		command = append(command, word.(string))
	}
	script := &command[len(command)-1]
	*script = c.adapt(*script, "DNS:redis", "DNS:localhost")
	if output, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		c.t.Fatalf("the script of certs: %v\n%s", err, output)
	}
}

// adapt puts this machine's paths into a text of the file, and other values of its own: old and new in pairs. What is to
// be replaced must be there.
func (c *composed) adapt(text string, pairs ...string) string {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			c.t.Fatalf("compose.yaml has no %q in %q", pairs[i], text)
		}
	}
	pairs = append(pairs, "/certs", c.certs, "${REDIS_PASSWORD:-example}", "example")
	return strings.NewReplacer(pairs...).Replace(text)
}

// environment is what Kong hands to the plugin server: the variables that nginx_main_env names.
func (c *composed) environment() map[string]string {
	c.t.Helper()
	kong, out := c.services["kong"].Environment, map[string]string{}
	for _, variable := range strings.Split(kong["KONG_NGINX_MAIN_ENV"], "; env ") {
		out[variable] = c.adapt(kong[variable])
	}
	if out["REDIS_HOST"] != "redis" || out["REDIS_PORT"] != "6379" {
		c.t.Fatalf("compose.yaml's plugin server sees %v", out)
	}
	out["REDIS_HOST"], out["REDIS_PORT"] = "localhost", strconv.Itoa(c.port)
	return out
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, file))
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// configIn is the config block of aws-masker in a declarative configuration.
func configIn(t *testing.T, file string) config {
	t.Helper()
	var declared struct {
		Services []struct {
			Plugins []struct {
				Name   string
				Config config
			}
		}
	}
	readYAML(t, file, &declared)
	for _, service := range declared.Services {
		for _, plugin := range service.Plugins {
			if plugin.Name == "aws-masker" {
				return plugin.Config
			}
		}
	}
	t.Fatalf("%s has no aws-masker", file)
	return nil
}

// selftest runs aws-masker -selftest with a config block, in an environment that holds nothing else, as under Kong.
func selftest(t *testing.T, block config, environment map[string]string) (said string, err error) {
	t.Helper()
	text, err := json.Marshal(block)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary, "-selftest", "-")
	if block["streaming"] == true { // as the start_cmd beside it has it
		command.Args = append(command.Args, "-streaming")
	}
	command.Stdin = bytes.NewReader(text)
	command.Env = []string{}
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	return string(output), err
}

// TestTheConfigurationsWorkWithARedisAsComposeHasIt runs the self-test of every deployed configuration that logs in with a
// password, against the Redis of the compose file.
func TestTheConfigurationsWorkWithARedisAsComposeHasIt(t *testing.T) {
	c := startComposed(t)
	for _, file := range []string{"kong/docker/kong.yml", "kong/kong.yml", "kong/streaming/kong.yml"} {
		block := configIn(t, file)
		if host, set := block["redis_host"]; set {
			if host != "redis.internal" {
				t.Errorf("%s: redis_host %v", file, host)
			}
			block["redis_host"] = "localhost"
		}
		said, err := selftest(t, block, c.environment())
		if err != nil {
			t.Errorf("%s: %v\n%s", file, err, said)
		}
		for _, want := range []string{"store: answers", "request: masked", "an echo would come back as it was sent"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the self-test does not say %q:\n%s", file, want, said)
			}
		}
	}
}

// TestAStoreThatIsNotTheComposedOneIsRefused takes away in turn what the composed Kong hands over: nothing of it is for show.
func TestAStoreThatIsNotTheComposedOneIsRefused(t *testing.T) {
	c := startComposed(t)
	block := configIn(t, "kong/docker/kong.yml")
	other := filepath.Join(t.TempDir(), "other.crt")
	authority := exec.Command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=other",
		"-keyout", filepath.Join(t.TempDir(), "other.key"), "-out", other)
	if output, err := authority.CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, output)
	}
	for _, test := range []struct{ variable, value, code, why string }{
		{"SSL_CERT_FILE", other, "AWS_MASKER_1001", "another authority"},
		{"REDIS_HOST", "127.0.0.1", "AWS_MASKER_1001", "a host that the certificate is not for"},
		{"REDIS_PASSWORD", "wrong", "AWS_MASKER_1002", "another password"},
	} {
		environment := c.environment()
		environment[test.variable] = test.value
		if said, err := selftest(t, block, environment); err == nil || !strings.Contains(said, test.code) {
			t.Errorf("%s: %v\n%s", test.why, err, said)
		}
	}
}

// TestTheComposedCertificatesAreMadeOnce: the volume outlives its containers, and whoever has loaded the authority goes on
// trusting it.
func TestTheComposedCertificatesAreMadeOnce(t *testing.T) {
	c := compose(t)
	read := func() []byte {
		text, err := os.ReadFile(filepath.Join(c.certs, "redis.crt"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := read()
	c.makeCertificates()
	if !bytes.Equal(read(), before) {
		t.Error("the second run has made another certificate")
	}
}
