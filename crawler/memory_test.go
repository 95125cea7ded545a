package crawler

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"respawn/tracker"
)

// meeting is an archive at whose door captures wait for one another, so that all
// hold at once what they hold at their end.
type meeting struct {
	mu   sync.Mutex
	left int
	all  chan struct{}
	held uint64
}

func (m *meeting) Keep(_ context.Context, _ tracker.Capture, wire func(int, int) ([]byte, []byte)) (string, error) {
	m.mu.Lock()
	if m.left--; m.left == 0 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		m.held = s.HeapAlloc
		close(m.all)
	}
	m.mu.Unlock()
	<-m.all
	_, _ = wire(0, 0)
	return "", nil
}

// As many hostile sites as are captured at once, each of which takes everything
// its limits allow, stay below 300 MB: what is held when all are complete, and,
// where the collector is told a limit, the peak on the way.
func TestHostileSitesAllAtOnce(t *testing.T) {
	endless := func(rw http.ResponseWriter) {
		rw.Header().Set("Content-Type", "text/html")
		for more := []byte(strings.Repeat("<p>more", 4096)); ; {
			if _, err := rw.Write(more); err != nil {
				return
			}
		}
	}
	blown := pressed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, strings.Repeat("<a href=/x>", 20<<20/11))
	for _, tt := range []struct {
		name string
		site http.HandlerFunc
	}{
		{"without end", func(rw http.ResponseWriter, _ *http.Request) { endless(rw) }},
		{"blown up, with a robots.txt without end", func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				endless(rw)
				return
			}
			rw.Header().Set("Content-Type", "text/html")
			rw.Header().Set("Content-Encoding", "gzip")
			rw.Write(blown)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(280 << 20))
			w := newWeb(t)
			n := DefaultLimits().Captures
			m := &meeting{left: n, all: make(chan struct{})}
			site := func(i int) tracker.Name { return tracker.Name(fmt.Sprintf("s%d.example", i)) }
			for i := range n {
				w.plain(site(i), tt.site)
			}
			c, _ := w.crawler(func(c *Config) { c.Archive, c.Blobs, c.Limits.Captures = m, forgetful{}, n })
			peak := watched()
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					got, err := c.Capture(t.Context(), Target{Name: site(i)})
					if err != nil || !answeredAt(got) {
						t.Errorf("%v %+v", err, got)
					}
				})
			}
			wg.Wait()
			if p := peak(); m.held > 200<<20 || p > 300<<20 {
				t.Errorf("held %d MB, peak %d MB", m.held>>20, p>>20)
			}
		})
	}
}

// watched looks at the memory in use until it is asked for the most.
func watched() (peak func() uint64) {
	var most uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	runtime.GC()
	go func() {
		defer close(stopped)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				var s runtime.MemStats
				runtime.ReadMemStats(&s)
				most = max(most, s.HeapInuse+s.StackInuse)
			case <-stop:
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return most
	}
}

func answeredAt(c tracker.Capture) bool {
	for _, v := range c.Visits {
		for _, h := range v.Hops {
			if h.Status == 200 {
				return true
			}
		}
	}
	return false
}
