package netsim

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"
)

var regexps sync.Map // pattern -> *regexp.Regexp

// match reports whether a pattern of the world, which Load has compiled once,
// fits.
func match(pattern, s string) bool {
	re, ok := regexps.Load(pattern)
	if !ok {
		re, _ = regexps.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return re.(*regexp.Regexp).MatchString(s)
}

// fits reports whether every condition that is given holds for a request.
func (w *When) fits(r *http.Request, country string, first bool) bool {
	return (w.UserAgent == "" || match(w.UserAgent, r.UserAgent())) &&
		(w.Referer == "" || match(w.Referer, r.Referer())) &&
		(w.Path == "" || match(w.Path, r.URL.Path)) &&
		(w.Country == nil || slices.Contains(w.Country, country)) &&
		(w.NotCountry == nil || !slices.Contains(w.NotCountry, country)) &&
		(w.First == nil || *w.First == first)
}

// asking is one request on its way to its page.
type asking struct {
	s                           *Server
	w                           http.ResponseWriter
	r                           *http.Request
	site, host, country, scheme string
	web                         *Web
	now                         time.Time
}

func (a *asking) answer() {
	web, world := a.web, a.s.topo.w
	theme := world.Themes[web.Theme]
	if !a.s.wait(a.r.Context(), web.Delay.Duration) {
		panic(http.ErrAbortHandler) // to return would be an empty 200
	}
	if a.scheme == "http" && web.HTTP == "redirect" {
		a.redirect("https://"+a.host+"{path}", http.StatusMovedPermanently)
		return
	}
	if web.Redirect != "" {
		status := web.Status
		if status == 0 {
			status = http.StatusMovedPermanently
		}
		a.headers(theme.Headers, web.Headers)
		a.redirect(web.Redirect, status)
		return
	}
	page, article, ok := a.find(theme)
	if !ok {
		a.headers(theme.Headers, web.Headers)
		http.Error(a.w, "404 page not found", http.StatusNotFound)
		return
	}
	a.page(page, article, theme)
}

// find chooses the page of a path: that of the site, of its theme, of an
// article, the icon and robots.txt, then whatever answers every path.
func (a *asking) find(theme Theme) (Page, Article, bool) {
	path := a.r.URL.Path
	for _, p := range []string{path + "?" + a.r.URL.RawQuery, path} {
		if pg, ok := a.web.Pages[p]; ok {
			return pg, Article{}, true
		}
		if pg, ok := theme.Pages[p]; ok {
			return pg, Article{}, true
		}
	}
	switch path {
	case "/favicon.ico":
		icon := cmp.Or(a.web.Favicon, theme.Favicon)
		if kind, arg, _ := strings.Cut(icon, ":"); kind == "file" {
			return Page{File: arg}, Article{}, true
		} else if kind == "seed" {
			return Page{Text: string(drawFavicon(arg)), Type: "image/png", raw: true}, Article{}, true
		}
	case "/robots.txt":
		if text := cmp.Or(a.web.Robots, theme.Robots); text != "" {
			return Page{Text: text, raw: true}, Article{}, true
		}
	}
	if theme.Article != nil {
		form := cmp.Or(theme.ArticlePath, "/{{.Article.Slug}}.html")
		for _, art := range a.articles() {
			if p, err := a.s.render(form, pageData{Name: a.site, Article: art}); err == nil && string(p) == path {
				return *theme.Article, art, true
			}
		}
	}
	if pg, ok := a.web.Pages["*"]; ok {
		return pg, Article{}, true
	}
	pg, ok := theme.Pages["*"]
	return pg, Article{}, ok
}

// articles are those that the site has published by now.
func (a *asking) articles() []Article {
	var out []Article
	for _, key := range a.web.Articles {
		art := a.s.topo.w.Articles[key]
		if art.Date.After(a.now) {
			continue
		}
		if art.Slug == "" {
			art.Slug = key
		}
		out = append(out, art)
	}
	return out
}

func (a *asking) headers(maps ...map[string]string) {
	for _, m := range maps {
		for _, k := range sortedKeys(m) {
			a.w.Header().Set(k, m[k])
		}
	}
}

func (a *asking) redirect(to string, status int) {
	path := a.r.URL.EscapedPath()
	if a.r.URL.RawQuery != "" {
		path += "?" + a.r.URL.RawQuery
	}
	a.w.Header().Set("Location", strings.ReplaceAll(to, "{path}", path))
	a.w.WriteHeader(status)
}

func (a *asking) page(p Page, art Article, theme Theme) {
	if !a.s.wait(a.r.Context(), p.Delay.Duration) {
		panic(http.ErrAbortHandler)
	}
	a.headers(theme.Headers, a.web.Headers)
	status := p.Status
	if p.Challenge != "" {
		a.challenge(&p)
		if status == 0 {
			status = http.StatusForbidden
		}
	}
	a.headers(p.Headers)
	if p.Redirect != "" {
		if status == 0 {
			status = http.StatusFound
		}
		a.redirect(p.Redirect, status)
		return
	}
	body, kind, err := a.body(p, art, theme)
	if err != nil {
		http.Error(a.w, err.Error(), http.StatusInternalServerError)
		return
	}
	if p.Type != "" {
		kind = p.Type
	}
	if a.w.Header().Get("Content-Type") == "" || p.Type != "" {
		a.w.Header().Set("Content-Type", kind)
	}
	if status == 0 {
		status = http.StatusOK
	}
	a.w.WriteHeader(status)
	a.w.Write(body)
	if p.Pad > 0 {
		io.CopyN(a.w, filler{}, p.Pad)
	}
}

// filler is an endless text.
type filler struct{}

func (filler) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func (a *asking) body(p Page, art Article, theme Theme) (body []byte, kind string, err error) {
	kind = "text/html; charset=utf-8"
	form := p.HTML
	switch {
	case p.File != "":
		kind = mime.TypeByExtension(filepath.Ext(p.File))
		body = a.s.topo.w.files[p.File]
		if kind == "" {
			kind = http.DetectContentType(body)
		}
		return body, kind, nil
	case p.Text != "":
		form, kind = p.Text, "text/plain; charset=utf-8"
		if p.raw {
			return []byte(form), kind, nil
		}
	case p.Template != "":
		form = a.s.topo.w.Templates[p.Template]
	}
	vars := map[string]string{}
	for _, m := range []map[string]string{theme.Vars, a.web.Vars, p.Vars} {
		for k, v := range m {
			vars[k] = v
		}
	}
	body, err = a.s.render(form, pageData{
		Name: a.site, Host: a.host, Path: a.r.URL.Path, Scheme: a.scheme, Country: a.country,
		Vars: vars, Articles: a.articles(), Article: art, Now: a.now,
	})
	return body, kind, err
}

// render runs a template of the world.
func (s *Server) render(form string, d pageData) ([]byte, error) {
	if !strings.Contains(form, "{{") {
		return []byte(form), nil
	}
	t, ok := s.templates.Load(form)
	if !ok {
		parsed, err := template.New("page").Funcs(templateFuncs).Option("missingkey=zero").Parse(form)
		if err != nil {
			return nil, err
		}
		t, _ = s.templates.LoadOrStore(form, parsed)
	}
	var b bytes.Buffer
	err := t.(*template.Template).Execute(&b, d)
	return b.Bytes(), err
}

// challenge makes a page the interstitial of a bot filter.
func (a *asking) challenge(p *Page) {
	switch p.Challenge {
	case "cloudflare":
		a.headers(map[string]string{"Server": "cloudflare", "Cf-Mitigated": "challenge", "Cache-Control": "private, max-age=0, no-store"})
	case "vercel":
		a.headers(map[string]string{"Server": "Vercel", "X-Vercel-Mitigated": "challenge", "Cache-Control": "private, no-store, max-age=0"})
	}
	if p.HTML == "" && p.Text == "" && p.File == "" && p.Template == "" {
		p.HTML = map[string]string{
			"cloudflare": `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head><body><noscript>Enable JavaScript and cookies to continue</noscript><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>`,
			"vercel":     `<!DOCTYPE html><html lang="en"><head><title>Vercel Security Checkpoint</title></head><body><p>We're verifying your browser</p></body></html>`,
			"captcha":    `<!DOCTYPE html><html lang="en"><head><title>Security check</title></head><body><p>Please confirm that you are human.</p><div class="h-captcha"></div></body></html>`,
		}[p.Challenge]
	}
}
