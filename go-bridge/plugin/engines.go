package plugin

import (
	"sync"

	"aws-masker/go-bridge/engine"
)

// engines shares one engine, with its connections and its store, between all instances of equal configuration: every
// worker of Kong starts an instance of its own, and eight workers must not open eight pools. Safe for concurrent use.
type engines struct {
	mu       sync.Mutex
	byConfig map[string]*sharedMasker
}

// sharedMasker is an engine and the number of instances that use it.
type sharedMasker struct {
	*engine.Masker
	owner  *engines
	config string
	users  int // guarded by owner.mu

	making sync.Once
	err    error

	warned sync.Map // the warnings that were logged
}

func newEngines() *engines {
	return &engines{byConfig: map[string]*sharedMasker{}}
}

// open returns the engine of a configuration, which the caller releases. The first caller makes it while others with
// the same configuration wait; callers with another one do not.
func (e *engines) open(config string) (*sharedMasker, error) {
	e.mu.Lock()
	shared := e.byConfig[config]
	if shared == nil {
		shared = &sharedMasker{owner: e, config: config}
		e.byConfig[config] = shared
	}
	shared.users++
	e.mu.Unlock()

	shared.making.Do(func() { shared.Masker, shared.err = engine.New([]byte(config)) })
	if shared.err != nil {
		shared.release()
		return nil, shared.err
	}
	return shared, nil
}

// release ends one use; the last one closes the engine.
func (s *sharedMasker) release() {
	s.owner.mu.Lock()
	s.users--
	last := s.users == 0
	if last {
		delete(s.owner.byConfig, s.config)
	}
	s.owner.mu.Unlock()
	if last && s.Masker != nil {
		s.Close()
	}
}
