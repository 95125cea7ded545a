package resolver

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"respawn/tracker"
)

const (
	maxTries = 12
	// windowCeiling bounds the questions under way in one sweep, and so its memory.
	windowCeiling = 16384
	// streamCeiling bounds them for one resolver that is asked over a stream.
	streamCeiling = 64
	// wheelTick and wheelSize make a wheel of 4 s; no timer is longer than 2 s.
	wheelTick = int64(4 * time.Millisecond)
	wheelSize = 1024
	longest   = int64(2 * time.Second)
	// stalled is how long the loop may take before timers are not believed.
	stalled = int64(20 * time.Millisecond)
	// deadAfter is the silence of every resolver after which asking on is pointless.
	deadAfter = 12 * time.Second
)

// A query is one question for the engine. tag is the asker's.
type query struct {
	name  string
	qtype uint16
	tag   int
	avoid string // a resolver that another is to be preferred to; "" none
}

// A finding is the end of one question.
type finding struct {
	query
	reading
	outcome tracker.Outcome // Present, Absent or Unknown
	server  string          // who said so; "" where nobody did
}

// A slot is one question under way.
type slot struct {
	query
	index      uint32
	gen        uint32 // counts the questions that used this slot
	lane       *lane  // of the current try
	tries      int    // put on the wire so far
	end, qend  int    // of the packet, of its question section
	last       tracker.Reason
	rcode      uint8
	stream     bool  // the current try goes over a stream
	onWire     bool  // the current try waits for its answer
	held       uint8 // times that its timer was put off
	failed     [maxUpstreams]uint8
	sent       [maxTries + 1]sending // one more, for a last try that was truncated
	rest       int64                 // to wait for the try after it counts as lost
	due        int64                 // tick of the timer; 0 none
	next, prev *slot                 // in the bucket of the wheel
	pkt        [maxQuery]byte
}

// A waiter is a slot that waits to be asked once more. It is void once the slot
// has ended, by an answer to an earlier try, or is on the wire already.
type waiter struct {
	*slot
	gen uint32
}

// A sending is one datagram of a slot. All of them stay valid until the slot
// ends, so that a late answer is an answer.
type sending struct {
	sk *socket
	at int64
	id uint16
}

// An event is what another goroutine has for the engine: a datagram from a
// socket that is read elsewhere, or the end of a stream question.
type event struct {
	sk    *socket
	reply []byte
	index uint32
	gen   uint32
	err   error
}

// An engine runs the questions of one sweep. All of it is owned by the goroutine
// in run, but for feed and inbox.
type engine struct {
	c     *Client
	ctx   context.Context
	out   func(finding)
	stats SweepStats
	coin  coin

	lanes  []*lane
	slots  []*slot
	free   []*slot
	again  []waiter // waiting to be sent once more
	active int

	wheel [wheelSize]*slot
	tick  int64
	timed int // slots in the wheel

	feed    *feed
	backlog backlog

	recv     *receiver
	sleeper  *sleeper // nil: everything comes by inbox
	watched  []*socket
	changed  bool // the set of sockets
	full     bool // the kernel would not take more
	taken    int  // datagrams that the last wait brought
	pause    time.Duration
	turned   int64 // when the loop last looked at the sockets
	answered int64 // when the last answer came
	lost     int   // tries without an answer since then

	bell  chan struct{}
	mu    sync.Mutex
	inbox []event // guarded by mu
	spare []event
	group sync.WaitGroup // of pumps and stream questions
}

// run asks everything that feed gives. It returns an error where asking has no
// point: ctx is done, or no resolver answers.
func (c *Client) run(ctx context.Context, f *feed, started chan<- struct{}, out func(finding)) (SweepStats, error) {
	ups := c.usable()
	begin := sync.OnceFunc(func() { close(started) })
	defer begin()
	if len(ups) == 0 {
		f.stop()
		return SweepStats{}, fmt.Errorf("resolver: %w: every one failed its control question", ErrNoResolver)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start := c.now()
	e := &engine{
		c: c, ctx: ctx, out: out, feed: f,
		coin:     coin{src: newChaCha()},
		tick:     start / wheelTick,
		answered: start,
		bell:     make(chan struct{}, 1),
		backlog:  newBacklog(c.suffixes),
	}
	if err := e.open(ups); err != nil {
		f.stop()
		e.close(cancel)
		return e.stats, err
	}
	f.wake = e.wake
	begin()
	stop := context.AfterFunc(ctx, e.wake)
	defer stop()
	err := e.loop()
	e.close(cancel)
	e.stats.Elapsed = time.Duration(c.now() - start)
	return e.stats, err
}

func (e *engine) loop() error {
	for {
		now := e.c.now()
		if e.sleeper != nil && now-e.turned > stalled {
			// We stood still, or whoever takes the answers did: what has come
			// meanwhile must be read before anything is called late.
			e.sleeper.sleep(0)
			e.takeIn(1<<10, e.sleeper.ready)
			now = e.c.now()
		}
		e.drain(now)
		e.expire(now)
		if err := e.ctx.Err(); err != nil {
			e.abandon(tracker.ReasonCancelled)
			return fmt.Errorf("resolver: sweep: %w", err)
		}
		if now-e.answered > int64(e.c.cfg.dead) && e.lost >= 64 {
			e.abandon(tracker.ReasonTimeout)
			return fmt.Errorf("resolver: sweep: %w: none has answered for %v", ErrNoResolver, e.c.cfg.dead)
		}
		e.fill(now)
		e.flush()
		if e.active == 0 && e.backlog.len() == 0 && e.feed.finished() {
			return nil
		}
		e.wait(now)
	}
}

// fill puts questions on lanes: first those that must be asked again, then new
// ones, while windows and rates allow.
func (e *engine) fill(now int64) {
	e.pause = time.Duration(longest)
	room, sick := 0, 0
	for _, l := range e.lanes {
		l.control.tick(now, l.underway, l.control.patience(int64(e.c.cfg.FirstTry)))
		free := max(0, int(l.control.window)-l.underway)
		if l.control.sick() {
			sick += free
		} else {
			room += free
		}
		e.stats.MaxWindow = max(e.stats.MaxWindow, int(l.control.window))
	}
	for i, w := range e.again {
		s := w.slot
		if s.gen != w.gen || s.onWire {
			continue
		}
		if d := e.c.total.take(now); d > 0 {
			e.again = e.again[:copy(e.again, e.again[i:])]
			e.pause = min(e.pause, d)
			return
		}
		if e.c.suffixes != nil && !s.stream {
			e.c.suffixes.reserve(suffixOf(s.name), now)
		}
		if !s.stream { // the same question, over TCP because the answer is long, is no retry
			e.stats.Retries++
		}
		e.assign(s)
	}
	e.again = e.again[:0]
	if room == 0 && !slices.ContainsFunc(e.lanes, func(l *lane) bool { return !l.control.sick() }) {
		room = sick
	}
	if e.active == 0 {
		room = max(room, 1)
	}
	for room > 0 && e.active < windowCeiling {
		q, d, ok := e.backlog.next(e.feed, now)
		if !ok {
			e.pause = min(e.pause, d)
			return
		}
		if d := e.c.total.take(now); d > 0 {
			e.backlog.unread(q)
			e.pause = min(e.pause, d)
			return
		}
		e.begin(q)
		room--
	}
}

// begin gives a new question a slot and a lane.
func (e *engine) begin(q query) {
	e.stats.Asked++
	s := e.takeSlot()
	s.query = q
	s.qend, s.end = packQuery(s.pkt[:], q.name, q.qtype, &e.coin)
	if s.end == 0 {
		e.freeSlot(s)
		e.out(finding{query: q, reading: reading{reason: tracker.ReasonBadAnswer}})
		return
	}
	if q.avoid != "" {
		for _, l := range e.lanes {
			if l.label == q.avoid {
				s.lane = l
			}
		}
	}
	e.assign(s)
}

func (e *engine) takeSlot() *slot {
	if len(e.free) == 0 {
		block := make([]slot, 64)
		for i := range block {
			block[i].index = uint32(len(e.slots))
			e.slots = append(e.slots, &block[i])
			e.free = append(e.free, &block[i])
		}
	}
	s := e.free[len(e.free)-1]
	e.free = e.free[:len(e.free)-1]
	e.active++
	return s
}

func (e *engine) freeSlot(s *slot) {
	for i := range s.tries {
		if sd := &s.sent[i]; sd.sk != nil {
			sd.sk.release(sd.id)
			sd.sk = nil
		}
	}
	e.unschedule(s)
	s.gen++
	s.tries, s.last, s.rcode, s.lane = 0, "", 0, nil
	s.stream, s.onWire, s.held = false, false, 0
	s.failed = [maxUpstreams]uint8{}
	e.free = append(e.free, s)
	e.active--
}

// assign chooses whom to ask: a resolver that has not failed this name before one
// that has, another than last time, and the one with the most room.
func (e *engine) assign(s *slot) {
	best := e.lanes[0]
	if len(e.lanes) > 1 {
		score := func(l *lane) float64 {
			free := (l.control.window - float64(l.underway)) / l.control.window
			v := free - 1000*float64(s.failed[l.index])
			if l == s.lane {
				v -= 100
			}
			if l.control.sick() {
				v -= 200
			}
			return v
		}
		top := score(best)
		for _, l := range e.lanes[1:] {
			if v := score(l); v > top {
				best, top = l, v
			}
		}
	}
	if s.stream && s.lane != nil {
		best = s.lane // who truncated is asked over its stream
	} else {
		s.stream = !best.udp
	}
	s.lane = best
	best.underway++
	best.control.peak = max(best.control.peak, best.underway)
	s.onWire = true
	if s.stream {
		e.askStream(s)
		return
	}
	best.queue = append(best.queue, queued{s, s.gen, s.tries})
}

// flush sends what fill has queued.
func (e *engine) flush() {
	e.full = false
	for _, l := range e.lanes {
		for len(l.queue) > 0 {
			n := min(len(l.queue), batchSize)
			sent := e.send(l, l.queue[:n])
			l.queue = l.queue[:copy(l.queue, l.queue[sent:])]
			if sent < n {
				e.full = true
				break
			}
		}
	}
}
