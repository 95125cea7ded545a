package crawler

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gocolly/colly/v2"

	"respawn/tracker"
)

// benchPage is 10 KB with 60 links.
var benchPage = func() []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><html><head><title>bench</title></head><body>")
	for i := range 60 {
		fmt.Fprintf(&b, `<div class="item"><a href="/story/%d">Story %d</a><p>%s</p></div>`, i, i, strings.Repeat("word ", 22))
	}
	b.WriteString("</body></html>")
	return []byte(b.String())
}()

// TestMain is also the server of the benchmark, in a process of its own so that
// getrusage tells the client's processor time alone.
func TestMain(m *testing.M) {
	if os.Getenv("RESPAWN_BENCH_SERVER") == "" {
		os.Exit(m.Run())
	}
	if err := serveBench(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveBench() error {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(benchPage)
	})
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	now := time.Now()
	tb := &testing.B{}
	ca := issue(tb, nil, now.Add(-time.Hour), now.Add(24*time.Hour), "ca")
	leaf := issue(tb, &ca, now.Add(-time.Hour), now.Add(24*time.Hour), "*.bench.example")
	go http.Serve(plain, h)
	go http.Serve(tls.NewListener(secure, &tls.Config{Certificates: []tls.Certificate{leaf}}), h)
	fmt.Println(plain.Addr(), secure.Addr())
	os.Stdout.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate[0]}))
	os.Stdout.Close()
	_, _ = io.Copy(io.Discard, os.Stdin) // until the client is gone
	return nil
}

type benchServer struct {
	plain, secure string
	roots         *x509.CertPool
}

func startBench(b *testing.B) benchServer {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "RESPAWN_BENCH_SERVER=1")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	r := bufio.NewReader(out)
	var s benchServer
	if _, err := fmt.Fscan(r, &s.plain, &s.secure); err != nil {
		b.Fatal(err)
	}
	var p strings.Builder
	for l, err := r.ReadString('\n'); err == nil; l, err = r.ReadString('\n') {
		p.WriteString(l)
	}
	s.roots = x509.NewCertPool()
	if !s.roots.AppendCertsFromPEM([]byte(strings.TrimSpace(p.String()))) {
		b.Fatal("no certificate")
	}
	return s
}

func (s benchServer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to := s.plain
	if strings.HasSuffix(address, ":443") {
		to = s.secure
	}
	var d net.Dialer
	return d.DialContext(ctx, network, to)
}

// cpu is the processor time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const (
	benchPages  = 2000
	benchFlight = 64
)

type benchWay struct {
	name    string
	scheme  string
	oneHost bool
}

var benchWays = []benchWay{{"one-host", "http", true}, {"2000-hosts", "http", false}, {"2000-hosts-tls", "https", false}}

func (w benchWay) host(i int) tracker.Name {
	if w.oneHost {
		i = 0
	}
	return tracker.Name(fmt.Sprintf("h%d.bench.example", i))
}

// BenchmarkCrawl is the row "crawl": 2,000 pages of 10 KB with 60 links, 64 in
// flight. respawn is the whole path (colly, transport, limits, raw capture,
// bodies hashed and kept, links read), colly is colly alone with OnHTML. Both run
// in this process by turns, in the order ABBA so that neither always finds the
// machine as the other left it, and each begins with a collected heap. The
// metrics are processor time of the client for one page and the median of the
// ratios of the pairs.
func BenchmarkCrawl(b *testing.B) {
	s := startBench(b)
	for _, way := range benchWays {
		b.Run(way.name, func(b *testing.B) {
			var ours, peer time.Duration
			var ratios []float64
			for b.Loop() {
				var o, p time.Duration
				if len(ratios)%2 == 0 {
					o = measure(b, func() int64 { return crawlOurs(b, s, way) })
					p = measure(b, func() int64 { return crawlColly(b, s, way) })
				} else {
					p = measure(b, func() int64 { return crawlColly(b, s, way) })
					o = measure(b, func() int64 { return crawlOurs(b, s, way) })
				}
				ours, peer = ours+o, peer+p
				ratios = append(ratios, float64(o)/float64(p))
			}
			slices.Sort(ratios)
			b.ReportMetric(0, "ns/op") // wall time of both, which says nothing
			b.ReportMetric(float64(ours.Microseconds())/float64(len(ratios)*benchPages), "respawn-us/page")
			b.ReportMetric(float64(peer.Microseconds())/float64(len(ratios)*benchPages), "colly-us/page")
			b.ReportMetric(ratios[len(ratios)/2], "ratio")
		})
	}
}

// measure is the processor time of one turn.
func measure(b *testing.B, f func() int64) time.Duration {
	runtime.GC()
	before := cpu()
	if links := f(); links != 60*benchPages {
		b.Fatalf("%d links", links)
	}
	return cpu() - before
}

func crawlOurs(b *testing.B, s benchServer, way benchWay) int64 {
	c, err := New(Config{
		Dial: s.dial, Blobs: &blobs{}, Roots: s.roots, Visitors: []Visitor{{Name: Direct}}, FrontOnly: true, Robots: RobotsIgnore,
		Resolve: func(context.Context, tracker.Name) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("198.18.0.1")}, nil
		},
		Limits: Limits{Captures: benchFlight, Pause: -1, Pages: benchPages, Site: 1 << 40},
	})
	if err != nil {
		b.Fatal(err)
	}
	var links, next atomic.Int64
	var wg sync.WaitGroup
	for range benchFlight {
		wg.Go(func() {
			var one *site // kept for one host, new for each of many
			for {
				i := int(next.Add(1)) - 1
				if i >= benchPages {
					break
				}
				if one == nil || !way.oneHost {
					if one != nil {
						one.close()
					}
					one = c.begin(Target{Name: way.host(i)}, string(way.host(i)))
				}
				r, err := one.visit(b.Context(), c.cfg.Visitors[0], Direct, fmt.Sprintf("%s://%s/p/%d", way.scheme, way.host(i), i), false)
				if err != nil || r.page == nil {
					b.Errorf("%v %+v", err, r.Visit)
					return
				}
				links.Add(int64(len(r.page.links)))
				one.visits = one.visits[:0]
			}
			if one != nil {
				one.close()
			}
		})
	}
	wg.Wait()
	return links.Load()
}

func crawlColly(b *testing.B, s benchServer, way benchWay) int64 {
	c := colly.NewCollector(colly.Async(true))
	tr := &http.Transport{
		DialContext: s.dial, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: benchFlight,
	}
	defer tr.CloseIdleConnections()
	c.WithTransport(tr)
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: benchFlight}); err != nil {
		b.Fatal(err)
	}
	var links atomic.Int64
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		if e.Attr("href") != "" {
			links.Add(1)
		}
	})
	c.OnError(func(_ *colly.Response, err error) { b.Error(err) })
	for i := range benchPages {
		if err := c.Visit(fmt.Sprintf("%s://%s/p/%d", way.scheme, way.host(i), i)); err != nil {
			b.Fatal(err)
		}
	}
	c.Wait()
	return links.Load()
}
