package crawler

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
)

// Limits on the cookies of one visitor. Chrome keeps 180 for a domain, and 4 KB
// of each; what is kept is sent with every request, so the sum has a limit too:
// servers refuse requests with more.
const (
	maxCookies    = 180
	maxCookie     = 4 << 10
	maxCookieSize = 16 << 10
)

// A jar is the cookies of a visitor during one capture. The library's own grows
// by whatever a site sets, and sending thousands takes it quadratic time.
type jar struct {
	http.CookieJar
	mu   sync.Mutex
	size map[string]int // by host that set it and name
	sum  int
}

func newJar() *jar {
	j, _ := cookiejar.New(nil) // the error is always nil
	return &jar{CookieJar: j, size: map[string]int{}}
}

// SetCookies keeps what is within the limits. A cookie that is here may change and
// go at any time; new ones are refused once the jar is full.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var keep []*http.Cookie
	for _, c := range cookies {
		key, n := strings.ToLower(u.Hostname())+" "+c.Name, len(c.Name)+len(c.Value)+3
		had, known := j.size[key]
		if n > maxCookie || !known && len(j.size) >= maxCookies || j.sum-had+n > maxCookieSize {
			continue
		}
		j.size[key], j.sum = n, j.sum-had+n
		keep = append(keep, c)
	}
	if len(keep) > 0 {
		j.CookieJar.SetCookies(u, keep)
	}
}

// referrer is what a browser tells a page about the page that led to it by a
// refresh or a script: everything within a site, the origin alone elsewhere, and
// nothing where TLS ends ("strict-origin-when-cross-origin", the default of the
// Referrer Policy standard). A redirect by header does not change it.
func referrer(from, to string) string {
	a, err := url.Parse(from)
	if err != nil || a.Host == "" {
		return ""
	}
	b, err := url.Parse(to)
	if err != nil || a.Scheme == "https" && b.Scheme != "https" {
		return ""
	}
	if a.Scheme != b.Scheme || !strings.EqualFold(a.Host, b.Host) {
		return a.Scheme + "://" + a.Host + "/"
	}
	a.User, a.Fragment, a.RawFragment = nil, "", ""
	return a.String()
}
