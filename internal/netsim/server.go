package netsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A Server answers for a world as it is at one instant. New makes one that
// works in memory; Start makes one that also listens on loopback. All methods
// are safe for concurrent use.
type Server struct {
	topo  *topology
	clock func() time.Time // nil: the instant is set by SetNow
	ca    *authority

	mu      sync.Mutex // guards building views
	instant atomic.Pointer[instant]

	countMu sync.Mutex
	counts  map[string]uint64 // by "KIND SERVER"
	asked   map[string]int    // questions about a name that a fault with 'times' has met
	visited map[string]bool   // exits that have been at a site, at this instant
	limits  map[string]*window

	missed atomic.Uint64 // questions answered by the fast path

	ctx    context.Context
	cancel context.CancelFunc
	life   sync.Mutex // held to end the server, and to add to wg
	wg     sync.WaitGroup
	plain  *http.Server
	queue  *queueListener

	logOnce sync.Once // makes log
	log     *certLog
	logErr  error

	templates sync.Map // text -> *template.Template
	dnsAddr   net.Addr
	socksAddr net.Addr
	exitAddrs map[string]net.Addr
	logAddr   net.Addr
	closers   []func() error
}

// An instant is a moment and the view that holds at it.
type instant struct {
	now  time.Time
	view *view
}

// Options say where a Server listens and how it tells the time.
type Options struct {
	DNS   string            // address of the resolver, UDP and TCP; empty: 127.0.0.1:0
	SOCKS string            // address of the SOCKS5 proxy; empty: 127.0.0.1:0
	Exits map[string]string // country -> address of one more SOCKS5 proxy whose visitors come from there
	// At is the first instant. Zero: the hour of the scan on the first night.
	At time.Time
	// Clock makes the world follow a clock instead of standing still. SetNow
	// then has no effect.
	Clock func() time.Time
}

// New makes a Server that answers through DialContext and ListenPacket alone.
// Close it to end its goroutines.
func New(w *World, o Options) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		topo: newTopology(w), clock: o.Clock, ca: newAuthority(),
		counts: map[string]uint64{}, asked: map[string]int{}, visited: map[string]bool{}, limits: map[string]*window{},
		ctx: ctx, cancel: cancel, exitAddrs: map[string]net.Addr{},
	}
	if s.clock == nil {
		if o.At.IsZero() {
			o.At = w.Night(0)
		}
		s.SetNow(o.At)
	}
	s.serveWeb()
	return s
}

// Start makes a Server that listens on loopback until ctx is done or Close is
// called. Its error is that of the first address that can't be listened on.
func Start(ctx context.Context, w *World, o Options) (*Server, error) {
	s := New(w, o)
	if err := s.listen(o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	context.AfterFunc(ctx, func() { s.Close() })
	return s, nil
}

// Night returns the instant of the scan of the i-th night of the calendar.
func (w *World) Night(i int) time.Time {
	hour := w.ScanHour
	if hour == 0 {
		hour = 2
	}
	return w.Calendar.From.AddDate(0, 0, i).Add(time.Duration(hour) * time.Hour)
}

// Nights is the number of nights of the calendar.
func (w *World) Nights() int {
	return int(w.Calendar.To.Sub(w.Calendar.From.Time).Hours()/24) + 1
}

// SetNow moves the world to an instant; questions that are being answered may
// still see the old one. Memories of visitors (the condition "first") begin
// anew.
func (s *Server) SetNow(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock != nil {
		return
	}
	s.setInstant(now.UTC())
}

// setInstant is called with mu held, or before the server is used.
func (s *Server) setInstant(now time.Time) *instant {
	in := s.instant.Load()
	if in == nil || !in.view.holds(now) {
		in = &instant{now, s.topo.view(now)}
	} else {
		in = &instant{now, in.view}
	}
	s.instant.Store(in)
	s.countMu.Lock()
	clear(s.visited)
	s.countMu.Unlock()
	return in
}

// Now is the instant that the world is at.
func (s *Server) Now() time.Time { now, _ := s.current(); return now }

func (s *Server) current() (time.Time, *view) {
	in := s.instant.Load()
	if s.clock == nil {
		return in.now, in.view
	}
	now := s.clock().UTC()
	if in == nil || !in.view.holds(now) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if in = s.instant.Load(); in == nil || !in.view.holds(now) {
			in = s.setInstant(now)
		}
	}
	return now, in.view
}

// Close stops listening, breaks what is open and waits until all goroutines
// have ended. It may be called more than once.
func (s *Server) Close() error {
	s.life.Lock()
	s.cancel()
	s.life.Unlock()
	var errs []error
	s.mu.Lock()
	closers := s.closers
	s.closers = nil
	s.mu.Unlock()
	for _, c := range closers {
		if err := c(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.wg.Wait()
	return errors.Join(errs...)
}

// DNSAddr is the address of the resolver, nil when nothing listens.
func (s *Server) DNSAddr() net.Addr { return s.dnsAddr }

// SOCKSAddr is the address of the SOCKS5 proxy, nil when nothing listens.
func (s *Server) SOCKSAddr() net.Addr { return s.socksAddr }

// ExitAddr is the address of the SOCKS5 proxy of a country, nil if Options did
// not ask for one.
func (s *Server) ExitAddr(country string) net.Addr { return s.exitAddrs[country] }

// Counts returns how many questions each server has answered, by
// "KIND SERVER": "dns resolver", "dns a.nic.so", "rdap rdap.nic.so",
// "whois whois.nic.so", "web artichoc.cc".
func (s *Server) Counts() map[string]uint64 {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	out := maps.Clone(s.counts)
	if n := s.missed.Load(); n > 0 {
		out["dns resolver"] += n
	}
	return out
}

func (s *Server) count(key string, n uint64) {
	s.countMu.Lock()
	s.counts[key] += n
	s.countMu.Unlock()
}

// once lets a fault with 'times' pass until it has hit the name so often.
func (s *Server) once(f *activeFault, name string) *activeFault {
	if f == nil || f.Times == 0 {
		return f
	}
	key := fmt.Sprint(f.index, " ", name)
	s.countMu.Lock()
	defer s.countMu.Unlock()
	s.asked[key]++
	if s.asked[key] > f.Times {
		return nil
	}
	return f
}

// A window counts questions to a throttled server.
type window struct {
	start time.Time
	n     int
}

// throttled counts a question and reports how long the server will refuse, 0 if
// it answers.
func (s *Server) throttled(server string, t *Throttle) time.Duration {
	if t == nil {
		return 0
	}
	now := time.Now()
	s.countMu.Lock()
	defer s.countMu.Unlock()
	w := s.limits[server]
	if w == nil || now.Sub(w.start) >= t.Per.Duration {
		w = &window{start: now}
		s.limits[server] = w
	}
	w.n++
	if w.n > t.After {
		return max(time.Second, t.Per.Duration-now.Sub(w.start))
	}
	return 0
}

// wait sleeps and reports whether the server still runs.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// spawn runs f in a goroutine that Close waits for; a closed server runs nothing
// any more and reports false.
func (s *Server) spawn(f func()) bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		f()
	}()
	return true
}
