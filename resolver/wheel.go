package resolver

// schedule sets the timer of s.
func (e *engine) schedule(s *slot, at int64) {
	e.unschedule(s)
	s.due = max(at/wheelTick, e.tick+1)
	b := &e.wheel[s.due%wheelSize]
	s.next, s.prev = *b, nil
	if *b != nil {
		(*b).prev = s
	}
	*b = s
	e.timed++
}

func (e *engine) unschedule(s *slot) {
	if s.due == 0 {
		return
	}
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		e.wheel[s.due%wheelSize] = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.next, s.prev, s.due = nil, nil, 0
	e.timed--
}

// expire runs the timers that are due.
func (e *engine) expire(now int64) {
	to := now / wheelTick
	if e.timed == 0 {
		e.tick = to
		return
	}
	for t := max(e.tick+1, to-wheelSize+1); t <= to; t++ {
		e.tick = t
		for s := e.wheel[t%wheelSize]; s != nil; s = e.wheel[t%wheelSize] {
			e.unschedule(s)
			e.expired(s)
		}
	}
	e.tick = to
}
