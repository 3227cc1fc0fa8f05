package main

import (
	"slices"
	"sync"
	"time"
)

// timing is where the time of a request went, in microseconds.
type timing struct {
	Total    int64 `json:"total"`
	Access   int64 `json:"access"`
	Provider int64 `json:"provider"`
	Response int64 `json:"response"`
}

// phaseTimes collects how long the phases took, in the order of the requests.
type phaseTimes struct {
	mu               sync.Mutex
	access, response []time.Duration
}

func (p *phaseTimes) add(phase string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if phase == "access" {
		p.access = append(p.access, took)
	} else {
		p.response = append(p.response, took)
	}
}

func us(d time.Duration) int64 { return d.Microseconds() }

func median(all []time.Duration) int64 {
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	return us(sorted[len(sorted)/2])
}
