package fingerprint

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"respawn/tracker"
)

// mark is a picture that is not flat; dots more or less make other bytes of the same look.
func mark(dots int) string {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for x := range 64 {
		for y := range 64 {
			switch dx, dy := x-20, y-38; {
			case dx*dx+dy*dy < 230:
				img.SetGray(x, y, color.Gray{Y: 230})
			case x > 40 && y > 9+x/8 && y < 50:
				img.SetGray(x, y, color.Gray{Y: 140})
			case y < 12:
				img.SetGray(x, y, color.Gray{Y: 70})
			}
		}
	}
	for i := range dots {
		img.SetGray(i, 0, color.Gray{Y: 74})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.String()
}

// TestWhoServesTheScripts: neither the site itself nor a vendor of widgets.
func TestWhoServesTheScripts(t *testing.T) {
	page := []byte(`<html><body><script src="/own.js"></script><script src="https://static.rrn.example/x.js"></script><script src="https://cdn.jsdelivr.net/npm/x.js"></script>
<script src="//js.lantern-press.net/loader.js"></script><script defer data-domain="older-label.com,rrn.example" src="https://plausible.io/js/script.js"></script>
<script>(function(d,f){var q=d.createElement("script");q.src="https://flow.copper-loader.net/l/"+f+"/t.js";d.body.appendChild(q)})(document,"x7")</script>
<script>fetch("https://api.elsewhere.net/v1")</script><script>(function(d,s){var j=d.createElement(s);j.src='https://www.googletagmanager.com/x.js';j.id='script'})(document)</script><p>` + strings.Repeat("the news of the day ", 40))
	c, bodies := benchCapture(page)
	var got []string
	for _, id := range Extract(c, bodies).IDs {
		if id.Kind != KindHHHash {
			got = append(got, id.Kind+"="+id.Value)
		}
	}
	if s := strings.Join(got, " "); s != "plausible=older-label.com script-host=copper-loader.net script-host=lantern-press.net" {
		t.Error(s)
	}
}

func TestTheMakeOfASiteIsRead(t *testing.T) {
	sheet := strings.Repeat(".campaign-head{margin:3px 9px}\n", 30)
	of := func(path, body, contentType string) map[string]string {
		page := []byte(`<html><head><link rel="shortcut icon" href="/mark.png?v=2"><link rel=stylesheet href=/a.css></head><body><p>` + strings.Repeat("the news of the day ", 40))
		c, bodies := benchCapture(page)
		m := map[tracker.Digest][]byte{tracker.DigestOf([]byte(body)): []byte(body)}
		add(&c, m, "asset", "https://rrn.example"+path, 200, body, "Content-Type: "+contentType)
		fp := Extract(c, func(d tracker.Digest) []byte {
			if b := bodies(d); b != nil {
				return b
			}
			return m[d]
		})
		out := map[string]string{}
		for _, id := range fp.IDs {
			if id.Kind != KindHHHash {
				out[id.Kind] = id.Value
			}
		}
		return out
	}
	if got := of("/a.css", sheet, "text/css; charset=utf-8"); len(got) != 1 || got[KindStylesheet] != string(tracker.DigestOf([]byte(sheet))) {
		t.Errorf("a style sheet: %v", got)
	}
	for name, got := range map[string]map[string]string{
		"a small style sheet":                    of("/a.css", "p{color:red}", "text/css"),
		"a page where a style sheet should be":   of("/a.css", "<html><body>"+strings.Repeat("not found ", 80), "text/html"),
		"a blank picture where a logo should be": of("/l.png", mark(0)[:60], "image/png"),
	} {
		if len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	logo := of("/head.png", mark(0), "image/png")
	if len(logo) != 2 || logo[KindLogo] != string(tracker.DigestOf([]byte(mark(0)))) || len(logo[KindLogoLook]) != 16 {
		t.Errorf("a logo: %v", logo)
	}
	if again := of("/head.png", mark(3), "image/png"); again[KindLogo] == logo[KindLogo] || again[KindLogoLook] != logo[KindLogoLook] {
		t.Errorf("a logo saved anew: %v, before %v", again, logo)
	}
	if got := of("/mark.png?v=2", mark(0), "image/png"); got[KindLogo] != "" || got[KindFavicon] == "" {
		t.Errorf("the icon that the page names: %v", got)
	}
}
