package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"time"

	"respawn/tracker"
)

//go:embed page asset
var files embed.FS

// A Config is what the dashboard is made of. Only Reader is needed.
type Config struct {
	Reader Reader
	// Lifeline and Spark draw a name's life large and small; nil leaves it out.
	// What they return goes into the page as it is.
	Lifeline func(*tracker.Dossier) template.HTML
	Spark    func(*tracker.Dossier) template.HTML
	// Sentence is what may be quoted about a name; nil leaves it out.
	Sentence func(*tracker.Dossier) string
	// Detail is the markup of all that is known beside that: facts, reasons,
	// changes; nil leaves it out.
	Detail func(*tracker.Dossier) template.HTML
	// Words is a status for people; nil shows the status as it is.
	Words func(*tracker.Dossier, tracker.Status) string
	// State is where a name stands now, for people; nil is Words of its status.
	State func(*tracker.Dossier) string
	// Plain makes foreign text safe to read: no invisible characters, and nothing
	// that looks like a link. nil takes a plain rule that defangs every dot.
	Plain func(string) string
	// SetAlert records what a person decided; nil makes the dashboard read-only.
	// Only AlertAcked, AlertConfirmed and AlertRejected are passed, the last with
	// a reason.
	SetAlert func(ctx context.Context, key string, to tracker.AlertState, reason string) error
	// Hosts are names, without port, by which the dashboard may be called beside
	// localhost and any IP address.
	Hosts []string
	// Fresh is how long the rows of a case are kept in memory; 0 is one minute.
	// A new run, or a decision made here, makes them stale at once.
	Fresh time.Duration
	// Go starts fn, which refreshes stale rows, beside the request; nil is the go
	// statement. cmd hands in an errgroup's.
	Go  func(fn func())
	Log *slog.Logger // nil discards
}

type server struct {
	Config
	pages  map[string]*template.Template
	assets map[string]asset
	rows   *rowCache
	hosts  map[string]bool
}

type asset struct {
	body        []byte
	media, etag string
}

// New makes the handler of dashboard and API. It panics without a Reader.
func New(c Config) http.Handler {
	if c.Reader == nil {
		panic("web.New without a Reader")
	}
	if c.Fresh == 0 {
		c.Fresh = time.Minute
	}
	if c.Go == nil {
		c.Go = func(fn func()) { go fn() }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Plain == nil {
		c.Plain = plainDefault
	}
	if c.Words == nil {
		c.Words = func(_ *tracker.Dossier, s tracker.Status) string { return string(s) }
	}
	if c.State == nil {
		c.State = func(d *tracker.Dossier) string { return c.Words(d, d.State.Status) }
	}
	s := &server{Config: c, hosts: map[string]bool{"localhost": true}}
	for _, h := range c.Hosts {
		s.hosts[strings.ToLower(h)] = true
	}
	s.rows = newRowCache(s)
	s.assets = loadAssets()
	s.pages = s.loadPages()

	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.page(s.home))
	mux.Handle("GET /case/{id}", s.page(s.sites))
	mux.Handle("GET /site/{case}/{name}", s.page(s.site))
	mux.Handle("GET /alerts", s.page(s.alerts))
	mux.Handle("POST /alerts", s.page(s.decide))
	mux.HandleFunc("GET /asset/{file}", s.asset)
	mux.Handle("GET /healthz", s.api(s.health))
	mux.Handle("GET /api/v1/cases", s.api(s.apiCases))
	mux.Handle("GET /api/v1/cases/{id}/sites", s.api(s.apiSites))
	mux.Handle("GET /api/v1/sites/{case}/{name}", s.api(s.apiSite))
	mux.Handle("GET /api/v1/alerts", s.api(s.apiAlerts))
	mux.Handle("GET /", s.page(func(*http.Request) (result, error) { return result{}, ErrNotFound }))
	return s.guard(http.NewCrossOriginProtection().Handler(mux))
}

// contentPolicy admits our own style sheet and drawn images, and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxBody bounds a form.
const maxBody = 64 << 10

func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("X-Robots-Tag", "noindex")
		if !s.mayCall(r.Host) {
			http.Error(w, "This dashboard does not answer to that host name. Use its address, or add the name to the configuration.", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// mayCall says whether the Host of a request is one of ours. A page of another
// site can point its own name at our address (DNS rebinding) but not an address.
func (s *server) mayCall(host string) bool {
	h := host
	if a, _, err := net.SplitHostPort(host); err == nil {
		h = a
	}
	h = strings.ToLower(strings.TrimSuffix(strings.Trim(h, "[]"), "."))
	if _, err := netip.ParseAddr(h); err == nil {
		return true
	}
	return s.hosts[h]
}

// A result is what a page is made of.
type result struct {
	page     string
	data     any
	redirect string // see other, instead of a page
}

func (s *server) page(fn func(*http.Request) (result, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := fn(r)
		status := http.StatusOK
		if err != nil {
			status = s.status(r, err)
			res = result{page: "error", data: errorPage{Title: http.StatusText(status), Message: message(status, err)}}
		}
		if res.redirect != "" {
			http.Redirect(w, r, res.redirect, http.StatusSeeOther)
			return
		}
		var b bytes.Buffer
		if err := s.pages[res.page].ExecuteTemplate(&b, "base", res.data); err != nil {
			s.Log.Error("page", "page", res.page, "err", err)
			http.Error(w, "The page could not be made; the log says why.", http.StatusInternalServerError)
			return
		}
		send(w, r, status, "text/html; charset=utf-8", b.Bytes())
	})
}

func (s *server) api(fn func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := fn(r)
		status := http.StatusOK
		if err != nil {
			status = s.status(r, err)
			v = map[string]string{"error": message(status, err)}
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		if err := enc.Encode(v); err != nil {
			s.Log.Error("api", "path", r.URL.Path, "err", err)
			http.Error(w, `{"error":"could not be encoded"}`, http.StatusInternalServerError)
			return
		}
		send(w, r, status, "application/json", b.Bytes())
	})
}

// send writes a body with an entity tag of its bytes; a browser that has it gets
// 304. Nothing is kept in shared caches.
func send(w http.ResponseWriter, r *http.Request, status int, media string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "private, no-cache")
	if status == http.StatusOK {
		tag := etag(body)
		h.Set("ETag", tag)
		if noneMatch(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone; there is nobody to tell
	}
}

func etag(b []byte) string {
	h := sha256.Sum256(b)
	return `"` + base64.RawURLEncoding.EncodeToString(h[:12]) + `"`
}

func noneMatch(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

// A badRequest is an error of the one who asks; its text is for them.
type badRequest string

func (e badRequest) Error() string { return string(e) }

// errReadOnly says that no decisions are taken here.
var errReadOnly = errors.New("this dashboard is read-only")

func (s *server) status(r *http.Request, err error) int {
	var bad badRequest
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, tracker.ErrName):
		return http.StatusNotFound
	case errors.As(err, &bad):
		return http.StatusBadRequest
	case errors.Is(err, errReadOnly):
		return http.StatusForbidden
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return 499 // nginx's word for: the client has gone
	case errors.Is(err, context.DeadlineExceeded):
		s.Log.Error("request", "path", r.URL.Path, "err", err)
		return http.StatusGatewayTimeout
	}
	s.Log.Error("request", "path", r.URL.Path, "err", err)
	return http.StatusInternalServerError
}

// message is what the one who asked is told. What went wrong inside is for the log.
func message(status int, err error) string {
	switch status {
	case http.StatusNotFound:
		return "Nothing is known by that address."
	case http.StatusBadRequest, http.StatusForbidden:
		return err.Error()
	}
	return "The answer could not be made; the log says why."
}

func loadAssets() map[string]asset {
	out := map[string]asset{}
	list, err := fs.ReadDir(files, "asset")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range list {
		b, err := files.ReadFile("asset/" + e.Name())
		if err != nil {
			panic(err)
		}
		out[e.Name()] = asset{b, mime.TypeByExtension(path.Ext(e.Name())), etag(b)}
	}
	return out
}

func (s *server) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.media)
	w.Header().Set("ETag", a.etag)
	w.Header().Set("Cache-Control", "private, max-age=3600")
	if v := r.URL.Query().Get("v"); v != "" && `"`+v+`"` == a.etag {
		w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	if noneMatch(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

func (s *server) loadPages() map[string]*template.Template {
	css := s.assets["style.css"]
	funcs := template.FuncMap{
		"style":  func() string { return "/asset/style.css?v=" + strings.Trim(css.etag, `"`) },
		"defang": func(n tracker.Name) string { return nameWords(n) },
		"plain":  s.Plain,
		"when":   when,
		"ival":   interval,
		"path":   sitePath,
		"n":      thousands,
		"basis":  basisWords,
		// The page of an alert knows no row of its own: "seized" is said by its basis.
		"state":    func(x tracker.Status) string { return s.Words(&tracker.Dossier{}, x) },
		"linkword": linkWord,
	}
	base := template.Must(template.New("base").Funcs(funcs).ParseFS(files, "page/base.gohtml"))
	out := map[string]*template.Template{}
	for _, p := range []string{"home", "sites", "site", "alerts", "error"} {
		out[p] = template.Must(template.Must(base.Clone()).ParseFS(files, "page/"+p+".gohtml"))
	}
	return out
}

type errorPage struct{ Title, Message string }
