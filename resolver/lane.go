package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"respawn/tracker"
)

const (
	// rotateAfter questions or rotateEvery, a socket gives way to one with another
	// source port, so that ports stay as hard to guess as ids (RFC 5452).
	rotateAfter = 16384
	rotateEvery = int64(time.Minute)
	// drainFor is how long a socket that gave way is still listened to.
	drainFor = int64(8 * time.Second)
	// Where at least napWindow questions are under way, sockets are not looked at
	// before about as many answers as gathered have come, or napMost has passed.
	gathered  = 2 * batchSize
	napMost   = 4 * time.Millisecond
	napWindow = 256
)

// A lane is one resolver as one sweep uses it.
type lane struct {
	*upstream
	index    int
	udp      bool // else every question goes over the stream
	control  control
	underway int      // tries waiting for an answer
	queue    []queued // to be sent by flush
	heard    int64    // when the last datagram for us came
	reached  int64    // when the latest question that was answered had been sent
	live     *socket
	old      []*socket
	stats    ServerStats
}

// closed says whether nobody listens there: the port was refused, and nothing has
// ever come.
func (l *lane) closed() bool {
	return l.heard == 0 && l.live != nil && l.live.batch.wasRefused()
}

// A queued is a try that waits for flush. It is void once the slot has ended or
// gone on to another try.
type queued struct {
	*slot
	gen uint32
	try int
}

// A socket is a connected UDP socket and the questions asked on it, by id.
type socket struct {
	lane    *lane
	conn    net.Conn
	batch   *batcher // nil: pumped
	table   []uint32 // slot index + 1, by id
	inUse   int
	sent    int
	openAt  int64
	retired int64
}

func (sk *socket) release(id uint16) {
	sk.table[id] = 0
	sk.inUse--
}

// open makes the lanes. A resolver whose UDP cannot be dialed is asked over its
// stream.
func (e *engine) open(ups []*upstream) error {
	for i, u := range ups {
		l := &lane{upstream: u, index: i, control: newControl(windowCeiling / len(ups))}
		l.stats.Server = u.label
		e.lanes = append(e.lanes, l)
		if u.udp() {
			if e.rotate(l, e.c.now()) == nil {
				l.udp = true
				continue
			}
			u.avoidUDP()
		}
		l.control.ceiling, l.control.window = streamCeiling, streamCeiling/4
	}
	if e.ctx.Err() != nil {
		return fmt.Errorf("resolver: sweep: %w", e.ctx.Err())
	}
	return nil
}

// rotate opens a new socket for l; the old one drains.
func (e *engine) rotate(l *lane, now int64) error {
	conn, err := l.dial(e.ctx, "udp", l.address)
	if err != nil {
		return err
	}
	sk := &socket{lane: l, conn: conn, table: make([]uint32, 1<<16), openAt: now}
	sk.batch = newBatcher(conn)
	if sk.batch != nil && e.sleeper == nil {
		if e.sleeper, err = newSleeper(); err != nil {
			sk.batch = nil
		}
		e.recv = newReceiver()
	}
	if sk.batch == nil {
		e.group.Go(func() { e.pump(sk) })
	}
	if l.live != nil {
		l.live.retired = now
		l.old = append(l.old, l.live)
	}
	l.live, e.changed = sk, true
	return nil
}

// send puts the tries on the wire of l, at most batchSize, and returns how many
// it is done with.
func (e *engine) send(l *lane, tries []queued) int {
	now := e.c.now()
	sk := l.live
	if sk.sent >= rotateAfter || now-sk.openAt > rotateEvery || sk.inUse > 1<<15 {
		if e.rotate(l, now) == nil {
			sk = l.live
		}
	}
	var pkts [batchSize][]byte
	var slots [batchSize]*slot
	n := 0
	for _, q := range tries {
		s := q.slot
		if s.gen != q.gen || s.tries != q.try || !s.onWire {
			continue
		}
		id := uint16(e.coin.src.Uint64())
		for sk.table[id] != 0 {
			id = uint16(e.coin.src.Uint64())
		}
		sk.table[id] = s.index + 1
		sk.inUse++
		s.sent[s.tries] = sending{sk: sk, id: id}
		binary.BigEndian.PutUint16(s.pkt[:], id)
		pkts[n], slots[n] = s.pkt[:s.end], s
		n++
	}
	if n == 0 {
		return len(tries)
	}
	sent := n
	if sk.batch != nil {
		sent = sk.batch.write(pkts[:n])
	} else {
		for _, p := range pkts[:n] {
			_, _ = sk.conn.Write(p) // lost, as any datagram may be
		}
	}
	patience := l.control.patience(int64(e.c.cfg.FirstTry))
	for _, s := range slots[:sent] {
		s.sent[s.tries].at = now
		s.rest = min(patience<<min(s.tries, 6), longest) - patience
		s.tries++
		e.schedule(s, now+patience)
	}
	sk.sent += sent
	l.stats.Queries += sent
	e.stats.Queries += sent
	if sent == n {
		return len(tries)
	}
	// The kernel is full: the others give their ids back and wait in the queue.
	rest := tries[:0]
	for _, s := range slots[sent:n] {
		sk.release(s.sent[s.tries].id)
		s.sent[s.tries] = sending{}
		rest = append(rest, queued{s, s.gen, s.tries})
	}
	copy(tries[len(tries)-len(rest):], rest)
	return len(tries) - len(rest)
}

// askStream asks s over the stream of its lane, in a goroutine of its own: there
// are few of them.
func (e *engine) askStream(s *slot) {
	s.sent[s.tries].at = e.c.now()
	s.tries++
	l, index, gen := s.lane, s.index, s.gen
	pkt := make([]byte, s.end)
	copy(pkt, s.pkt[:s.end])
	l.stats.Queries++
	l.stats.Streamed++
	e.stats.Queries++
	e.group.Go(func() {
		ctx, cancel := context.WithTimeout(e.ctx, streamPatience)
		defer cancel()
		reply, err := l.stream.exchange(ctx, pkt)
		e.post(event{reply: reply, index: index, gen: gen, err: err})
	})
}

// pump reads a socket that cannot be read in batches.
func (e *engine) pump(sk *socket) {
	buf := make([]byte, 4096)
	for {
		n, err := sk.conn.Read(buf)
		if err != nil {
			if e.ctx.Err() != nil || isClosed(err) {
				return
			}
			if sleep(e.ctx, time.Millisecond) != nil { // the echo of a closed port
				return
			}
			continue
		}
		reply := make([]byte, n)
		copy(reply, buf[:n])
		e.post(event{sk: sk, reply: reply})
	}
}

func (e *engine) post(ev event) {
	e.mu.Lock()
	e.inbox = append(e.inbox, ev)
	first := len(e.inbox) == 1
	e.mu.Unlock()
	if first {
		e.wake()
	}
}

// wake ends the engine's wait. Any goroutine may call it.
func (e *engine) wake() {
	if e.sleeper != nil {
		e.sleeper.wake()
		return
	}
	select {
	case e.bell <- struct{}{}:
	default:
	}
}

// drain handles what other goroutines have posted.
func (e *engine) drain(now int64) {
	e.mu.Lock()
	e.inbox, e.spare = e.spare[:0], e.inbox
	e.mu.Unlock()
	for _, ev := range e.spare {
		if ev.sk != nil {
			e.datagram(ev.sk, ev.reply, now)
			continue
		}
		s := e.slots[ev.index]
		if s.gen != ev.gen || !s.stream || !s.onWire {
			continue // a late datagram was faster
		}
		e.streamed(s, ev)
	}
	clear(e.spare)
}

// streamed handles the end of a stream question.
func (e *engine) streamed(s *slot, ev event) {
	l := s.lane
	if ev.err != nil {
		r := reading{verdict: isBad, reason: e.c.reasonFor(ev.err)}
		if s.last == tracker.ReasonTruncated || r.reason == tracker.ReasonTimeout && s.last != "" {
			r.reason = s.last
		}
		if r.reason == tracker.ReasonTimeout || r.reason == tracker.ReasonUnreachable {
			e.lost++
		}
		e.refuse(s, l, r)
		return
	}
	r := read(ev.reply, s.pkt[headerLen:s.qend], false)
	if r.verdict == isForeign {
		l.stats.Strays++
		r = reading{verdict: isBad, reason: tracker.ReasonBadAnswer}
	}
	e.answered, e.lost = e.c.now(), 0
	if r.verdict != isBad {
		l.control.onStream(s.sent[max(0, s.tries-1)].at, s.tries == 1)
	}
	e.accept(s, l, r)
}

// datagram handles one datagram that came on sk.
func (e *engine) datagram(sk *socket, msg []byte, now int64) {
	if len(msg) < headerLen {
		sk.lane.stats.Strays++
		return
	}
	id := binary.BigEndian.Uint16(msg)
	index := sk.table[id]
	if index == 0 {
		sk.lane.stats.Strays++ // late, doubled, or somebody guesses
		return
	}
	s := e.slots[index-1]
	r := read(msg, s.pkt[headerLen:s.qend], true)
	if r.verdict == isForeign {
		sk.lane.stats.Strays++
		// A resolver that does not keep the case of letters cannot be told from a
		// forger here; over its stream it can.
		if !s.stream && read(msg, s.pkt[headerLen:s.qend], false).verdict != isForeign {
			s.last = tracker.ReasonBadAnswer
			e.toStream(s, sk.lane)
		}
		return
	}
	e.answered, e.lost = now, 0
	l := sk.lane
	l.heard = now
	for i := s.tries - 1; i >= 0; i-- {
		sd := &s.sent[i]
		if sd.sk != sk || sd.id != id {
			continue
		}
		l.reached = max(l.reached, sd.at)
		if r.verdict != isBad {
			l.control.onAnswer(sd.at, max(now-sd.at, 1000), i == 0)
		}
		if i < s.tries-1 || !s.onWire {
			l.stats.Late++
			l.control.onLate(sd.at, i == 0)
			if r.verdict != isPresent && r.verdict != isAbsent {
				return // the try that is under way may know better
			}
		}
		break
	}
	e.accept(s, l, r)
}

// wait sleeps until something may have come or is to be done, and takes in what
// came on the sockets that are read in batches.
func (e *engine) wait(now int64) {
	d := min(e.pause, 250*time.Millisecond)
	if e.timed > 0 {
		d = min(d, time.Duration((now/wheelTick+1)*wheelTick-now))
	}
	if e.full {
		d = min(d, time.Millisecond)
	}
	if e.sleeper == nil {
		e.waitBell(d)
		return
	}
	if e.changed {
		e.rewatch(now)
	}
	const turns = 8 // batches of one socket; then the others have their turn
	if e.active >= napWindow && e.taken < gathered*2 {
		// Waking costs more than the answers that wake: each time, threads of the
		// scheduler are put to sleep and woken as well.
		if nap := e.gathering(); nap > 0 {
			e.sleeper.nap(min(d, nap))
			if e.taken = 0; e.takeIn(turns, func(i int) bool { return e.watched[i].inUse > 0 }) {
				return
			}
		}
	}
	e.sleeper.sleep(d)
	e.taken = 0
	e.takeIn(turns, e.sleeper.ready)
}

// gathering is how long as many answers as gathered take to come, by Little's law:
// the questions under way are the rate of answers times their delay. It is at most a
// quarter of a delay, so that the resolver never runs out of questions meanwhile.
func (e *engine) gathering() time.Duration {
	rate, most := 0.0, int64(napMost)
	for _, l := range e.lanes {
		if l.underway > 0 && l.control.srtt > 0 {
			rate += float64(l.underway) / float64(l.control.srtt)
			most = min(most, l.control.srtt/4)
		}
	}
	if rate == 0 {
		return 0
	}
	return time.Duration(min(gathered/rate, float64(most)))
}

// takeIn reads the watched sockets that are ready, a number of batches each, and
// says whether anything had come.
func (e *engine) takeIn(batches int, ready func(i int) bool) bool {
	now := e.c.now()
	e.turned = now
	for i, sk := range e.watched {
		if !ready(i) {
			continue
		}
		for range batches {
			n := e.recv.read(sk.batch)
			e.taken += n
			for j := range n {
				e.datagram(sk, e.recv.datagram(j), now)
			}
			if n < batchSize {
				break
			}
		}
	}
	return e.taken > 0
}

func (e *engine) waitBell(d time.Duration) {
	if d <= 0 {
		select {
		case <-e.bell:
		default:
		}
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-e.bell:
	case <-t.C:
	}
}

// rewatch closes sockets that have drained and waits for the others from now on.
func (e *engine) rewatch(now int64) {
	e.watched, e.changed = e.watched[:0], false
	var batches []*batcher
	for _, l := range e.lanes {
		kept := l.old[:0]
		for _, sk := range l.old {
			if sk.inUse == 0 || now-sk.retired > drainFor {
				_ = sk.conn.Close()
				continue
			}
			kept = append(kept, sk)
		}
		l.old = kept
		for _, sk := range append(kept[:len(kept):len(kept)], l.live) {
			if sk != nil && sk.batch != nil {
				e.watched = append(e.watched, sk)
				batches = append(batches, sk.batch)
			}
		}
	}
	e.sleeper.watch(batches)
}

// close ends every socket and goroutine of the sweep and sums up.
func (e *engine) close(cancel context.CancelFunc) {
	cancel()
	for _, l := range e.lanes {
		for _, sk := range append(l.old, l.live) {
			if sk != nil {
				_ = sk.conn.Close()
			}
		}
		e.stats.Servers = append(e.stats.Servers, l.stats)
	}
	e.group.Wait()
	if e.sleeper != nil {
		e.sleeper.close()
	}
}

func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe)
}
