package fingerprint

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/glaslos/ssdeep"
	"github.com/glaslos/tlsh"

	"respawn/tracker"
)

// newsPage is a front page of about 50 KB: 40 articles, sidebar, counters, the
// same for the same seed. changed articles of the forty are rewritten.
func newsPage(seed uint64, changed int) []byte {
	words := strings.Fields("the government of region river bridge said that people minister border energy prices winter army council vote city farmers report station water school market train money union border court morning company industry gas oil aid plan weapons president crisis")
	r := rand.New(rand.NewPCG(seed, 7))
	text := func(r *rand.Rand, n int) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(words[r.IntN(len(words))])
			if r.IntN(12) == 0 {
				fmt.Fprintf(&b, "%d", r.IntN(1000))
			}
		}
		return b.String()
	}
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>RRN Reliable Recent News</title><meta property="og:site_name" content="RRN"><meta name="generator" content="WordPress 6.4.2"><link rel="stylesheet" href="/wp-content/themes/visnyk/style.css?v=1"><link rel="icon" href="/favicon.ico"><script async src="https://www.googletagmanager.com/gtag/js?id=G-9ZQ4X7KD21"></script><script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('config','G-9ZQ4X7KD21');</script><script>(function(m,e,t,r,i,k,a){})(window,document,"script","https://mc.yandex.ru/metrika/tag.js","ym");ym(991204417,"init",{clickmap:true});</script></head><body class="home blog wide"><nav class="main-nav menu"><ul>`)
	for i := range 20 {
		fmt.Fprintf(&b, `<li class="menu-item menu-item-%d"><a href="/category/topic-%d/">Topic %d</a></li>`, i, i, i)
	}
	b.WriteString(`</ul></nav><main class="content">`)
	for i := range 33 {
		ar := r
		if i < changed {
			ar = rand.New(rand.NewPCG(seed+uint64(1000+i), 9))
			text(r, 148)
		}
		title := text(ar, 8)
		fmt.Fprintf(&b, `<article class="post post-%d type-post hentry"><header class="entry-header"><h2 class="entry-title"><a href="/2024/09/%s-%d.html">%s</a></h2><div class="meta"><span class="date">Sept %d</span><a class="author" href="/author/desk">Desk</a></div></header><div class="entry"><p>%s.</p><p>%s.</p><a class="more" href="https://outlet%d.example/story">source</a><img class="thumb" src="/wp-content/uploads/%d.jpg" alt=""></div></article>`,
			i, strings.ReplaceAll(title, " ", "-"), i, title, i%30+1, text(ar, 70), text(ar, 70), i%9, i)
	}
	b.WriteString(`</main><footer class="site-footer"><a href="https://t.me/rrn_invented">Telegram</a> <a href="mailto:desk@rrn.example">desk@rrn.example</a></footer></body></html>`)
	return []byte(b.String())
}

func benchCapture(page []byte) (tracker.Capture, func(tracker.Digest) []byte) {
	m := map[tracker.Digest][]byte{}
	c := tracker.Capture{Name: "rrn.example"}
	add(&c, m, "direct", "https://rrn.example/", 200, string(page), "Date: x", "Server: nginx", "Content-Type: text/html; charset=utf-8")
	return c, func(d tracker.Digest) []byte { return m[d] }
}

// timed adds the processor time of a turn, which a busy machine does not change.
func timed(b *testing.B, f func()) {
	var before, after syscall.Rusage
	n := 0
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		f()
		n++
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	us := (after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()) / 1000
	b.ReportMetric(float64(us)/float64(n), "cpu-us/op")
}

// BenchmarkFingerprint is the row "fingerprint": class, cloaking, identifiers,
// text, layout, links, language of one page of 50 KB. Web is what a scan does.
func BenchmarkFingerprint(b *testing.B) {
	page := newsPage(1, 0)
	c, bodies := benchCapture(page)
	classRules() // read once for a process, not for a page
	b.Run(fmt.Sprintf("web/%dKB", len(page)>>10), func(b *testing.B) {
		b.ReportAllocs()
		timed(b, func() {
			if w, fp := Web(c, bodies); w.Class != tracker.ClassLive || len(fp.IDs) == 0 {
				b.Fatal(w)
			}
		})
	})
	d := parse(page)
	b.Run("parse", func(b *testing.B) { timed(b, func() { parse(page) }) })
	b.Run("language", func(b *testing.B) { timed(b, func() { language(d) }) })
	b.Run("hashes", func(b *testing.B) { timed(b, func() { sketchText(d.prosePart()); domHash(d.tags) }) })
	b.Run("hashes/whole-page", func(b *testing.B) { timed(b, func() { sketchText(page) }) }) // simhash and MinHash of the text
	// The row's peer hashes the whole page, tags and all: it cannot do otherwise.
	b.Run("peer/ssdeep", func(b *testing.B) {
		timed(b, func() {
			if _, err := ssdeep.FuzzyBytes(page); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("peer/tlsh", func(b *testing.B) {
		timed(b, func() {
			if _, err := tlsh.HashBytes(page); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("compare-1M-simhashes", func(b *testing.B) {
		all := make([]uint64, 1_000_000)
		for i := range all {
			all[i] = mix(uint64(i))
		}
		near := 0
		timed(b, func() {
			for _, h := range all {
				if bits.OnesCount64(h^0x9E3779B97F4A7C15) <= 8 {
					near++
				}
			}
		})
		_ = near
	})
}
