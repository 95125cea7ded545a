package web_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"testing"

	"respawn/tracker/web"
)

var look = flag.Bool("look", false, "serve the pages on a free port until interrupted, to look at")

func TestLook(t *testing.T) {
	if !*look {
		t.Skip("without -look there is nothing to look at")
	}
	s := httptest.NewServer(web.New(config(newFake(t))))
	defer s.Close()
	if err := os.WriteFile("/tmp/shots/url", []byte(s.URL), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log(s.URL)
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	<-c
}

func TestEveryPageAnswers(t *testing.T) {
	h := web.New(config(newFake(t)))
	for _, p := range []string{"/", "/case/doppelganger-2024", "/site/doppelganger-2024/artichoc.cc", "/alerts", "/healthz", "/api/v1/cases", "/api/v1/cases/doppelganger-2024/sites",
		"/api/v1/sites/doppelganger-2024/artichoc.cc", "/api/v1/alerts", "/asset/style.css", "/asset/icon.svg"} {
		if w := get(t, h, p); w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", p, w.Code, w.Body)
		}
	}
}
