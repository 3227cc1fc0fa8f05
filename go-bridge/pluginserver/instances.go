package pluginserver

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// instances is the table of running instances. All methods are safe for concurrent use.
type instances struct {
	mu   sync.Mutex
	last int32
	byID map[int32]*running
}

// running is an instance and what keeps it open.
type running struct {
	Instance
	id      int32
	started time.Time
	uses    int  // events that run on it; guarded by instances.mu
	closed  bool // Kong has closed it; guarded by instances.mu
}

// newInstances starts counting ids at a random place. Kong's workers keep the ids of a server that died, so a
// successor that gave the same ids to other configurations would run requests with the wrong one.
func newInstances() *instances {
	return &instances{last: rand.Int32N(math.MaxInt32), byID: map[int32]*running{}}
}

// add gives an instance its id.
func (t *instances) add(instance Instance) *running {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if t.last == math.MaxInt32 {
			t.last = 0
		}
		t.last++
		if _, taken := t.byID[t.last]; !taken {
			break
		}
	}
	r := &running{Instance: instance, id: t.last, started: time.Now()}
	t.byID[r.id] = r
	return r
}

// get returns the instance with an id, or nil.
func (t *instances) get(id int32) *running {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id]
}

// use returns the instance with an id and keeps it open until done; nil if there is none.
func (t *instances) use(id int32) *running {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.byID[id]
	if r != nil {
		r.uses++
	}
	return r
}

// done ends a use. The last one of a closed instance closes it.
func (t *instances) done(r *running) {
	t.mu.Lock()
	r.uses--
	last := r.closed && r.uses == 0
	t.mu.Unlock()
	if last {
		r.Close()
	}
}

// close takes an instance out of the table; it is closed when its last use is done. nil if there is none.
func (t *instances) close(id int32) *running {
	t.mu.Lock()
	r := t.byID[id]
	idle := false
	if r != nil {
		delete(t.byID, id)
		r.closed = true
		idle = r.uses == 0
	}
	t.mu.Unlock()
	if idle {
		r.Close()
	}
	return r
}

// closeAll closes every instance, as at the end of the process.
func (t *instances) closeAll() {
	t.mu.Lock()
	ids := make([]int32, 0, len(t.byID))
	for id := range t.byID {
		ids = append(ids, id)
	}
	t.mu.Unlock()
	for _, id := range ids {
		t.close(id)
	}
}
