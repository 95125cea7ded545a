package fingerprint

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/gif"  // decoders for icons
	_ "image/jpeg" // .
	_ "image/png"  // .
	"strconv"

	"github.com/corona10/goimagehash"
	"github.com/twmb/murmur3"

	"respawn/tracker"
)

// FaviconHash is MurmurHash3 (x86, 32 bits, seed 0) of the icon in base64 with a
// line feed after every 76 digits and at the end, as a signed number: Shodan's
// http.favicon.hash. The empty icon has hash 0.
func FaviconHash(icon []byte) int32 {
	if len(icon) == 0 {
		return 0
	}
	n := base64.StdEncoding.EncodedLen(len(icon))
	flat := make([]byte, n)
	base64.StdEncoding.Encode(flat, icon)
	lines := make([]byte, 0, n+n/76+1)
	for len(flat) > 0 {
		k := min(76, len(flat))
		lines = append(append(lines, flat[:k]...), '\n')
		flat = flat[k:]
	}
	return int32(murmur3.Sum32(lines))
}

// Bounds on an icon that is decoded: what a browser would show in a tab, not
// what a header may promise.
const (
	maxIconBytes = 1 << 20
	maxIconSide  = 1024
)

// favicon adds what identifies an icon. Bytes that no browser takes for an image
// (an HTML page with status 200 at /favicon.ico) are none.
func (s idSet) favicon(b []byte, where string) {
	if len(b) == 0 || len(b) > maxIconBytes || !isImage(b) {
		return
	}
	s.add(KindFavicon, strconv.Itoa(int(FaviconHash(b))), where)
	s.add(KindFaviconSum, string(tracker.DigestOf(b)), where)
	if h, ok := look(b); ok {
		s.add(KindFaviconLook, fmt.Sprintf("%016x", h), where)
	}
}

// logo adds what identifies a picture that the site shows as its own mark.
func (s idSet) logo(b []byte) {
	if len(b) < minLogo || len(b) > maxIconBytes {
		return
	}
	s.add(KindLogo, string(tracker.DigestOf(b)), "logo")
	if h, ok := look(b); ok {
		s.add(KindLogoLook, fmt.Sprintf("%016x", h), "logo")
	}
}

// stylesheet adds the digest of a style sheet; a small one may be anybody's.
func (s idSet) stylesheet(b []byte) {
	if len(b) >= minSheet {
		s.add(KindStylesheet, string(tracker.DigestOf(b)), "stylesheet")
	}
}

// What is smaller is a blank picture, or a style sheet that only mends a library's.
const (
	minLogo  = 100
	minSheet = 400
)

func isImage(b []byte) bool {
	for _, magic := range []string{"\x89PNG\r\n", "GIF8", "\xff\xd8\xff", "\x00\x00\x01\x00", "BM", "RIFF"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	head := bytes.ToLower(b[:min(len(b), 512)])
	return bytes.Contains(head, []byte("<svg")) && !bytes.Contains(head, []byte("<html"))
}

// look is the perceptual hash of an icon. SVG is not drawn, what would decode to
// more than a million pixels is not decoded, and flat images, which all look
// alike to the hash, have none.
func look(b []byte) (uint64, bool) {
	if bytes.HasPrefix(b, []byte("\x00\x00\x01\x00")) {
		b = pngOfICO(b)
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || cfg.Width < 8 || cfg.Height < 8 || cfg.Width > maxIconSide || cfg.Height > maxIconSide {
		return 0, false
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil || flat(img) {
		return 0, false
	}
	h, err := goimagehash.PerceptionHash(img)
	if err != nil {
		return 0, false
	}
	return h.GetHash(), true
}

// pngOfICO is the first PNG inside an ICO file; nil where it holds bitmaps only.
func pngOfICO(b []byte) []byte {
	if len(b) < 6 {
		return nil
	}
	for i := range min(int(binary.LittleEndian.Uint16(b[4:])), 16) {
		e := 6 + 16*i
		if e+16 > len(b) {
			return nil
		}
		size, at := binary.LittleEndian.Uint32(b[e+8:]), binary.LittleEndian.Uint32(b[e+12:])
		if uint64(at)+uint64(size) <= uint64(len(b)) && bytes.HasPrefix(b[at:at+size], []byte("\x89PNG")) {
			return b[at : at+size]
		}
	}
	return nil
}

// minShades is how many different brightnesses, of sixteen, an icon needs for
// its hash to mean something.
const minShades = 3

func flat(img image.Image) bool {
	r := img.Bounds()
	var seen [16]int
	step := max(1, r.Dx()/32)
	total := 0
	for y := r.Min.Y; y < r.Max.Y; y += step {
		for x := r.Min.X; x < r.Max.X; x += step {
			cr, cg, cb, _ := img.At(x, y).RGBA()
			seen[(cr*299+cg*587+cb*114)/1000>>12]++
			total++
		}
	}
	shades, most := 0, 0
	for _, n := range seen {
		if n*50 > total { // a shade on 2 % of the icon
			shades++
		}
		most = max(most, n)
	}
	return shades < minShades || most*100 > total*97
}
