package lookalike

import (
	"unicode"
	"unicode/utf8"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// foldASCII is what an octet of a label looks like: one or two letters, hyphens
// gone. The single-letter rows of UTS 39 (0/o, 1/l, m/rn) and, beyond it, the
// swaps that campaigns use: i/l, vv/w, cl/d, q/g and the digits that stand for
// letters.
var foldASCII = func() (t [256][2]byte) {
	for c := range t {
		t[c] = [2]byte{byte(c), 0}
	}
	for c, s := range map[byte]string{
		'-': "", '_': "", '0': "o", '1': "l", 'i': "l", 'j': "l", 'm': "rn", 'w': "vv", 'd': "cl", 'q': "g", '9': "g",
		'5': "s", '3': "e", '8': "b", '6': "b", '2': "z", '4': "a", '7': "t",
	} {
		t[c] = [2]byte{}
		copy(t[c][:], s)
	}
	return t
}()

// skeleton appends what label looks like to dst.
func skeleton(dst, label []byte) []byte {
	for _, c := range label {
		f := &foldASCII[c]
		if f[0] != 0 {
			dst = append(dst, f[0])
		}
		if f[1] != 0 {
			dst = append(dst, f[1])
		}
	}
	return dst
}

// latin appends the ASCII letters that a label in other letters is read as:
// accents off (canonical decomposition), then the prototype of UTS 39. It reports
// false where a letter looks like none of ASCII: then the label imitates nothing.
func latin(dst []byte, label []rune) ([]byte, bool) {
	for _, r := range label {
		if r < utf8.RuneSelf {
			dst = append(dst, byte(unicode.ToLower(r)))
			continue
		}
		r = unicode.ToLower(r)
		var b [utf8.UTFMax]byte
		n := utf8.EncodeRune(b[:], r)
		if d := norm.NFD.Properties(b[:n]).Decomposition(); d != nil {
			r, _ = utf8.DecodeRune(d)
		}
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
			continue
		}
		p := moreConfusable(r)
		if p == "" {
			p = confusable.GetReplacement(r)
		}
		if p == "" {
			return dst, false
		}
		for _, c := range p {
			switch {
			case c < utf8.RuneSelf:
				dst = append(dst, byte(unicode.ToLower(c)))
			case unicode.Is(unicode.Mn, c):
			default:
				return dst, false
			}
		}
	}
	return dst, true
}

// moreConfusable are letters that imitate in address bars although UTS 39 gives
// them another prototype or none.
func moreConfusable(r rune) string {
	switch r {
	case 'ı', 'і', 'ӏ', 'ι', 'ɩ':
		return "i"
	case 'ł', 'ŀ':
		return "l"
	case 'ø', 'ѳ', 'ο', 'о', 'օ':
		return "o"
	case 'đ', 'ԁ':
		return "d"
	case 'ħ', 'һ', 'հ':
		return "h"
	case 'ŧ', 'т', 'τ':
		return "t"
	case 'ß', 'β', 'ь', 'в':
		return "b"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'к', 'κ':
		return "k"
	case 'м':
		return "m"
	case 'н':
		return "h"
	case 'г', 'ґ':
		return "r"
	case 'п', 'ո', 'η':
		return "n"
	case 'ц', 'υ', 'ս', 'µ', 'μ':
		return "u"
	case 'ѵ', 'ν':
		return "v"
	case 'ԝ', 'ѡ', 'ω', 'ш', 'щ':
		return "w"
	case 'з', 'ᴢ':
		return "z"
	case 'ɡ', 'ց', 'ԍ':
		return "g"
	case 'ф':
		return "f"
	case 'я', 'и', 'й':
		return "n"
	case 'л', 'д', 'б', 'ж', 'ю', 'э', 'ч', 'ъ', 'ы':
		return "" // looks like no single letter
	}
	return ""
}

// punycode decodes what follows "xn--" into dst (RFC 3492). It reports false for
// what is none; nothing is allocated as long as dst has room.
func punycode(dst []rune, enc []byte) ([]rune, bool) {
	const base, tmin, tmax, skew, damp = 36, 1, 26, 38, 700
	bias, n, i := 72, rune(128), 0
	rest := enc
	for k := len(enc) - 1; k >= 0; k-- {
		if enc[k] == '-' {
			for _, c := range enc[:k] {
				if c >= utf8.RuneSelf || len(dst) >= 63 {
					return dst, false
				}
				dst = append(dst, rune(c))
			}
			rest = enc[k+1:]
			break
		}
	}
	for first := true; len(rest) > 0; {
		old, w := i, 1
		for k := base; ; k += base {
			if len(rest) == 0 {
				return dst, false
			}
			c := rest[0]
			rest = rest[1:]
			var digit int
			switch {
			case c >= 'a' && c <= 'z':
				digit = int(c - 'a')
			case c >= '0' && c <= '9':
				digit = int(c-'0') + 26
			default:
				return dst, false
			}
			if digit > (1<<30-i)/w {
				return dst, false
			}
			i += digit * w
			t := min(max(k-bias, tmin), tmax)
			if digit < t {
				break
			}
			if w > 1<<30/(base-t) {
				return dst, false
			}
			w *= base - t
		}
		x := len(dst) + 1
		delta := i - old
		if first {
			delta /= damp
			first = false
		} else {
			delta /= 2
		}
		delta += delta / x
		k := 0
		for ; delta > (base-tmin)*tmax/2; k += base {
			delta /= base - tmin
		}
		bias = k + (base-tmin+1)*delta/(delta+skew)
		n += rune(i / x)
		i %= x
		if n > unicode.MaxRune || len(dst) >= 63 {
			return dst, false
		}
		dst = append(dst, 0)
		copy(dst[i+1:], dst[i:])
		dst[i] = n
		i++
	}
	return dst, true
}
