package fingerprint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"respawn/tracker"
)

// Megabytes of hostility must cost time and memory that grow with its
// length alone.
func TestHostilePages(t *testing.T) {
	for _, tt := range []struct{ name, unit string }{
		{"nested tags", "<div>"}, {"nested tables", "<table><tr><td>"}, {"open anchors", `<a href="/a-b-c-d">x`}, {"comments", "<!-- x -->"},
		{"open comments", "<!--"}, {"scripts", "<script>ym(</script>"}, {"one script", "<script>var x='UA-1234' "}, {"classes", `<p class="a b c">`}, {"attributes", `<p x=1 `},
		{"headings", "<h1>a title of four words</h1>"}, {"metas", `<meta name=a content=b>`}, {"mail", "a@"}, {"tokens", "1AAAAAAAAAAAAAAAAAAAAAAAAAAAA "}, {"ones", "1"}, {"han", "新"}, {"entities", "&amp;"}, {"broken", "\xff<\xfe>"},
		{"entity without end", "&#"}, {"images", `<img src=seized.png alt="this domain">`}, {"articles", "<article>"}, {"lists", "<ul><li>item <a href=//o.example>x</a>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			size := 1 << 20
			if tt.name == "nested tags" {
				size = 10 << 20
			}
			body := strings.Repeat(tt.unit, size/len(tt.unit))
			c, bodies := one(200, body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Web(c, bodies) // what takes time by the square of its length does not end today
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 250<<20 {
				t.Errorf("%d MB allocated", used>>20)
			}
		})
	}
}

// hugePNG says that it is 50,000 x 50,000 pixels.
func hugePNG() []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(typ string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
		b.WriteString(typ)
		b.Write(data)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(typ), data...)))
	}
	head := make([]byte, 13)
	binary.BigEndian.PutUint32(head, 50000)
	binary.BigEndian.PutUint32(head[4:], 50000)
	head[8], head[9] = 8, 2
	chunk("IHDR", head)
	chunk("IDAT", []byte{0x78, 0x9c, 0x63, 0x60})
	chunk("IEND", nil)
	return b.Bytes()
}

func icon(side int, f func(x, y int) color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.Set(x, y, f(x, y))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func kinds(b []byte) string {
	s := idSet{}
	s.favicon(b, "icon")
	var out []string
	for _, id := range s.sorted() {
		out = append(out, strings.TrimPrefix(id.Kind, "favicon-"))
	}
	return strings.Join(out, " ")
}

func TestFavicons(t *testing.T) {
	logo := icon(64, func(x, y int) color.Color { return color.RGBA{uint8(4 * x), uint8(4 * y), uint8(x * y), 255} })
	ico := append([]byte{0, 0, 1, 0, 1, 0, 64, 64, 0, 0, 1, 0, 32, 0}, 0, 0, 0, 0, 22, 0, 0, 0)
	binary.LittleEndian.PutUint32(ico[14:], uint32(len(logo)))
	ico = append(ico, logo...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, tt := range []struct {
		name string
		b    []byte
		want string
	}{
		{"a logo", logo, "mmh3 phash sha256"},
		{"a logo in an ICO file", ico, "mmh3 phash sha256"},
		{"an ICO file that lies", append(bytes.Clone(ico[:18]), 0xff, 0xff, 0xff, 0xff), "mmh3 sha256"},
		{"a flat square has no look", icon(32, func(int, int) color.Color { return color.White }), "mmh3 sha256"},
		{"50,000 x 50,000 pixels", hugePNG(), "mmh3 sha256"},
		{"SVG with a script", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "mmh3 sha256"},
		{"a page", []byte("<html><body>not found <svg></svg></body></html>"), ""},
		{"nothing", nil, ""},
		{"a PNG cut off", logo[:60], "mmh3 sha256"},
	} {
		if got := kinds(tt.b); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("%d MB allocated", used>>20)
	}
	a, _ := look(logo)
	b, ok := look(ico)
	if !ok || a != b {
		t.Error("the same logo looks different inside an ICO file")
	}
}

func TestCharsets(t *testing.T) {
	const text = "<p>Правда о том, что случилось вчера в столице"
	cp1251, _ := charmap.Windows1251.NewEncoder().String(text)
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	for _, tt := range []struct{ name, body, ct string }{
		{"as declared", text, "text/html; charset=utf-8"},
		{"windows-1251 by header", cp1251, "text/html; charset=windows-1251"},
		{"windows-1251 by meta", `<meta charset="windows-1251">` + cp1251, "text/html"},
		{"UTF-16 by its mark", utf16, "text/html; charset=utf-8"},
		{"UTF-8 that says it is UTF-16", text, "text/html; charset=utf-16"},
		{"UTF-8 that says it is Latin", text, "text/html; charset=iso-8859-1"},
		{"a charset that does not exist", text, "text/html; charset=no-such-charset"},
		{"UTF-8 with a mark", "\xef\xbb\xbf" + text, "text/html"},
	} {
		d := parse(utf8Body([]byte(tt.body), tt.ct))
		if got := strings.TrimSpace(string(d.visible)); got != strings.TrimPrefix(text, "<p>") {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestHostileFeeds(t *testing.T) {
	for _, b := range []string{
		`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><item><title>&b;&b; one two three four</title></item></rss>`,
		`<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><item><title>one two three four &f;</title></item></rss>`,
		strings.Repeat("<a>", 100000), strings.Repeat("<item><title>x", 50000), "<rss", "", "<urlset><url><loc>",
	} {
		f := readFeed([]byte(b))
		for _, s := range f.titles {
			if strings.Contains(s, "aaaa") || strings.Contains(s, "root:") {
				t.Errorf("an entity was expanded: %q", s)
			}
		}
	}
}

func FuzzWeb(f *testing.F) {
	f.Add([]byte(newsPage(1, 0)[:4000]), "text/html")
	for _, s := range []string{"<title>This domain has been seized</title>", "<a href='http://[::1'>x</a>", "<script>ym(12345,", `<a href="https://t.me/">`, "<h1><a href=/a-b-c-d>x</h1>", `<link rel=icon href="data:image/png;base64,AAAA">`} {
		f.Add([]byte(s), "text/html; charset=windows-1251")
	}
	f.Add([]byte("google.com, pub-1, DIRECT"), "text/plain")
	f.Fuzz(func(t *testing.T, b []byte, ct string) {
		c, bodies := one(200, string(b), "Content-Type: "+ct)
		m := map[tracker.Digest][]byte{}
		for _, p := range []string{"ads.txt", "feed", "wp-json/", "favicon.ico"} {
			add(&c, m, "asset", site+p, 200, string(b), "Content-Type: "+ct)
		}
		w, fp := Web(c, bodies)
		again, _ := Web(c, bodies)
		if w != again {
			t.Fatalf("two readings of the same bytes: %+v and %+v", w, again)
		}
		j, err := json.Marshal(fp)
		if err != nil {
			t.Fatal(err)
		}
		var back tracker.Fingerprint
		if err := json.Unmarshal(j, &back); err != nil || Digest(back) != Digest(fp) {
			t.Fatalf("a fingerprint does not survive its storage: %v", err)
		}
	})
}
