package pluginserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/Kong/go-pdk/bridge"
)

// failing is a plugin whose access and response phases fail with what it returns.
func failing(failure func(*Event) error) handlerFunc {
	return func(e *Event) error {
		if e.Phase == "log" {
			return nil
		}
		return failure(e)
	}
}

func TestAFailingHandlerAnswersTheClient(t *testing.T) {
	const secret = "arn:aws:iam::123456789012:role/secret"
	for name, test := range map[string]struct {
		failure func(*Event) error
		status  int
		code    string
		logged  string
	}{
		"a panic with a value": {
			func(*Event) error { panic(secret) }, 503, "AWS_MASKER_2001", "a string",
		},
		"a panic with an error": {
			func(*Event) error { panic(errors.New(secret)) }, 503, "AWS_MASKER_2001", "*errors.errorString",
		},
		"a runtime panic": {
			func(e *Event) error { _ = e.Phase[len(e.Phase)+1:]; return nil }, 503, "AWS_MASKER_2001", "out of range",
		},
		"an error": {
			func(*Event) error { return errors.New("disk on fire") }, 503, "AWS_MASKER_2001", "disk on fire",
		},
		"a refusal": {
			func(*Event) error {
				return fmt.Errorf("wrapped: %w", &Refusal{Status: 403, Body: []byte(`{"error":"AWS_MASKER_5001"}`), Reason: "no entry"})
			}, 403, "AWS_MASKER_5001", "no entry",
		},
		"a refusal not worth a line": {
			func(*Event) error { return &Refusal{Status: 500, Body: []byte(`{"error":"AWS_MASKER_4001"}`)} },
			500, "AWS_MASKER_4001", "",
		},
		"half a call": {
			func(e *Event) error {
				_ = e.Tell(Call{Method: "kong.response.clear_header", Args: bridge.WrapString("whole")})
				return e.Kong.ServiceRequest.SetRawBody("not UTF-8: \xff") // the bridge has written the name by now
			}, 503, "AWS_MASKER_2001", "UTF-8",
		},
	} {
		for _, phase := range []string{"access", "response"} {
			t.Run(name+" in "+phase, func(t *testing.T) {
				s := serve(t, failing(test.failure), Limits{})
				l := s.dial(t)
				l.event(l.start("{}"), phase)
				args := l.exit()
				var body struct{ Error string }
				if err := json.Unmarshal(args.Body, &body); err != nil {
					t.Errorf("body %q: %v", args.Body, err)
				}
				if int(args.Status) != test.status || body.Error != test.code {
					t.Errorf("exit %d with %q, want %d with %s", args.Status, args.Body, test.status, test.code)
				}
				if got := args.Headers.GetFields()["Content-Type"].GetStringValue(); got != "application/json" {
					t.Errorf("Content-Type %q", got)
				}
				s.works(t)
				log := s.log.String()
				if strings.Contains(log+string(args.Body), secret) {
					t.Errorf("the value of a panic came out: %q, %q", log, args.Body)
				}
				if !strings.Contains(log, test.logged) || (test.logged == "") != (log == "") {
					t.Errorf("logged %q, want it to name %q", log, test.logged)
				}
			})
		}
	}
}

func TestAPanicIsLoggedWithItsPlace(t *testing.T) {
	s := serve(t, failing(func(*Event) error { panic("x") }), Limits{})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	l.exit()
	if log := s.log.String(); !strings.Contains(log, "failure_test.go:") {
		t.Errorf("logged %q, want file and line of the panic", log)
	}
}

func TestARefusedResponseLosesTheHeadersOfTheBodyItReplaces(t *testing.T) {
	s := serve(t, failing(func(*Event) error { return errors.New("no") }), Limits{})
	l := s.dial(t)
	l.event(l.start("{}"), "response")
	args := l.exit()
	for _, name := range []string{"Content-Encoding", "ETag", "Content-MD5", "Digest"} {
		if list := args.Headers.Fields[name].GetListValue(); list == nil || len(list.Values) > 0 {
			t.Errorf("%s is set to %v, not removed", name, args.Headers.Fields[name])
		}
	}
	if args.Status != http.StatusServiceUnavailable {
		t.Errorf("exit with %d", args.Status)
	}
}

func TestAFailureInTheLogPhaseEndsTheEvent(t *testing.T) {
	s := serve(t, handlerFunc(func(*Event) error { panic("x") }), Limits{})
	s.works(t) // a log event: there is no one to answer, so it must end like any other
	if log := s.log.String(); !strings.Contains(log, "log refused with 503: panic at") {
		t.Errorf("logged %q", log)
	}
}

// startPanics is a plugin that cannot start an instance.
type startPanics struct{ handlerFunc }

func (startPanics) Start([]byte) Instance { panic("x") }

func TestAPanicInStartRefusesEveryRequest(t *testing.T) {
	s := serve(t, startPanics{}, Limits{})
	l := s.dial(t)
	id := l.start("{}")
	l.event(id, "access")
	if args := l.exit(); args.Status != http.StatusServiceUnavailable {
		t.Errorf("exit with %d", args.Status)
	}
	if log := s.log.String(); !strings.Contains(log, "start_instance failed: panic at") {
		t.Errorf("logged %q", log)
	}
}

func TestKongGoingAwayIsOneLogLine(t *testing.T) {
	reached := make(chan struct{})
	s := serve(t, failing(func(e *Event) error {
		close(reached)
		_, err := e.Kong.Request.GetMethod()
		return err
	}), Limits{})
	l := s.dial(t)
	l.event(l.start("{}"), "access")
	<-reached
	l.step(nil)
	l.Close()
	eventually(t, func() bool { return s.log.String() == "connection ended by Kong during a call\n" })
	s.works(t)
}
