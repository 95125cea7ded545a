package netsim_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"respawn/internal/netsim"
)

// TestShippedWorldsServeTheirPages visits every site of both shipped worlds on
// some nights, as a visitor who comes from nowhere: what the file says of it is
// what the visitor gets.
func TestShippedWorldsServeTheirPages(t *testing.T) {
	for _, c := range []struct {
		world  string
		nights []string
	}{
		{doppelgangerWorld, []string{"2024-08-25", "2024-09-06", "2024-10-25", "2024-11-08"}},
		{secondWorld, []string{"2025-03-02", "2025-03-24"}},
	} {
		w := loadWorld(t, c.world)
		s := netsim.New(w, netsim.Options{})
		client := &http.Client{
			Transport: &http.Transport{DialContext: s.DialContext, DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		}
		for _, night := range c.nights {
			at := day(night).Add(2 * time.Hour)
			s.SetNow(at)
			pages := 0
			for i := range w.Sites {
				site := &w.Sites[i]
				st, ok := site.At(at)
				if !ok || st.Web == nil || st.Web.Down != "" || strings.Contains(strings.Join(st.Statuses, " "), "hold") || site.Host == "bargain" && i%20 > 0 {
					continue
				}
				resp, err := client.Get("http://" + site.Name + "/")
				if err != nil {
					t.Errorf("%s, %s: %v", night, site.Name, err)
					continue
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Errorf("%s, %s: %v", night, site.Name, err)
				}
				pages++
				if to := st.Web.Redirect; to != "" {
					if resp.Header.Get("Location") != to {
						t.Errorf("%s, %s: sends to %q, want %q", night, site.Name, resp.Header.Get("Location"), to)
					}
					continue
				}
				if bytes.Contains(body, []byte("{{")) || bytes.Contains(body, []byte("<no value>")) {
					t.Errorf("%s, %s: a template shows through:\n%s", night, site.Name, body)
				}
				if st.Web.Theme == "" || len(st.Web.Visitors) > 0 {
					continue
				}
				if resp.StatusCode != 200 || !bytes.Contains(body, []byte("<title>"+st.Web.Vars["title"]+"</title>")) {
					t.Errorf("%s, %s: status %d, no title %q", night, site.Name, resp.StatusCode, st.Web.Vars["title"])
				}
				for _, k := range append([]string{"partner", "more"}, idVars...) {
					if v := st.Web.Vars[k]; !bytes.Contains(body, []byte(v)) {
						t.Errorf("%s, %s: %s %q is not on its page", night, site.Name, k, v)
					}
				}
				for _, a := range st.Web.Articles {
					if shown, due := bytes.Contains(body, []byte(w.Articles[a].Title)), !w.Articles[a].Date.After(at); shown != due {
						t.Errorf("%s, %s: article %q shown: %t, due: %t", night, site.Name, a, shown, due)
					}
				}
			}
			if pages < 30 {
				t.Errorf("%s, %s: only %d pages", c.world, night, pages)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDoppelgangerCertificatesReveal checks over TLS what the two revealing
// certificates name, and that key and visitor decide what is seen.
func TestDoppelgangerCertificatesReveal(t *testing.T) {
	w := loadWorld(t, doppelgangerWorld)
	s := netsim.New(w, netsim.Options{})
	defer s.Close()
	look := func(night, name string) (names []string, key []byte) {
		s.SetNow(day(night).Add(2 * time.Hour))
		c, err := s.DialContext(t.Context(), "tcp", name+":443")
		if err != nil {
			t.Fatalf("%s, %s: %v", night, name, err)
		}
		conn := tls.Client(c, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		defer conn.Close()
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatalf("%s, %s: %v", night, name, err)
		}
		leaf := conn.ConnectionState().PeerCertificates[0]
		return leaf.DNSNames, leaf.RawSubjectPublicKeyInfo
	}
	for _, c := range []struct{ old, site, reveals, before, after string }{
		{"meisterurian.io", "meisterurian.to", "tageswirtschaft.org", "2024-10-07", "2024-10-08"},
		{"lexomnium.com", "lexomnium.pw", "roserouge.org", "2024-10-09", "2024-10-10"},
	} {
		if names, _ := look(c.before, c.site); strings.Contains(strings.Join(names, " "), c.reveals) {
			t.Errorf("%s names %s too early", c.site, c.reveals)
		}
		names, key := look(c.after, c.site)
		if !strings.Contains(strings.Join(names, " "), c.reveals) {
			t.Errorf("%s does not name %s: %v", c.site, c.reveals, names)
		}
		_, oldKey := look("2024-08-26", c.old)
		_, newKey := look(c.after, c.reveals)
		if !bytes.Equal(key, oldKey) || !bytes.Equal(key, newKey) {
			t.Errorf("%s, %s and %s do not share a key", c.old, c.site, c.reveals)
		}
	}
}
