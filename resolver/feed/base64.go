package feed

import (
	"encoding/base64"
	"encoding/binary"
)

// Base64 is half of the work of reading a log page. encoding/base64 looks for line
// breaks at every step; values in JSON have none. One table for each of the four
// places of a group holds the six bits where they belong, and bad outside of the
// 24 bits for what is no base64.

const badSextet = 1 << 31

var sextet = func() (t [4][256]uint32) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for place := range t {
		for c := range t[place] {
			t[place][c] = badSextet
		}
		for v, c := range []byte(alphabet) {
			t[place][c] = uint32(v) << (18 - 6*place)
		}
	}
	return t
}()

// decodeBase64 decodes src, standard base64 with padding and nothing else, into
// *dst, which it makes larger as need be. The result shares *dst.
func decodeBase64(dst *[]byte, src []byte) ([]byte, bool) {
	if len(src)%4 != 0 {
		return nil, false
	}
	need := len(src)/4*3 + 8 // eight octets are written where six count
	if cap(*dst) < need {
		*dst = make([]byte, 2*need)
	}
	out := (*dst)[:cap(*dst)]
	t := &sextet
	bad, n := uint32(0), 0
	for len(src) > 8 { // the last group may be padded
		s := src[:8]
		x := t[0][s[0]] | t[1][s[1]] | t[2][s[2]] | t[3][s[3]]
		y := t[0][s[4]] | t[1][s[5]] | t[2][s[6]] | t[3][s[7]]
		bad |= x | y
		binary.BigEndian.PutUint64(out[n:n+8], uint64(x)<<40|uint64(y&(1<<24-1))<<16)
		n += 6
		src = src[8:]
	}
	if bad&badSextet != 0 {
		return nil, false
	}
	// What is left is short; the library knows all about padding. It passes over
	// line breaks, which JSON cannot hold unescaped.
	k, err := base64.StdEncoding.Strict().Decode(out[n:], src)
	return out[:n+k], err == nil
}
