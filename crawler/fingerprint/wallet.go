package fingerprint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strings"

	"golang.org/x/crypto/sha3"
)

// wallets finds payment addresses in text. Only an address whose checksum holds
// counts: pages are full of tokens that merely look like one, and one wrong
// letter is another person.
func (s idSet) wallets(text []byte, where string) {
	for i := 0; i+minWallet <= len(text); {
		// Words are short: the last byte that ends one lies near the far end.
		k := i + minWallet - 1
		for k >= i && alnum(text[k]) {
			k--
		}
		if k >= i {
			i = k + 1
			continue
		}
		j := i + minWallet
		for j < len(text) && alnum(text[j]) {
			j++
		}
		if j-i <= maxWallet {
			if kind, v := wallet(string(text[i:j])); kind != "" {
				s.add(kind, v, where)
			}
		}
		i = j
	}
}

// Lengths of the addresses that wallet knows.
const (
	minWallet = 26
	maxWallet = 110
)

func alnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// wallet says what kind of address v is, with its canonical form; "" for none.
func wallet(v string) (kind, canonical string) {
	switch {
	case (v[0] == '1' || v[0] == '3') && len(v) <= 35:
		if p := base58check(v); len(p) == 21 && (p[0] == 0x00 || p[0] == 0x05) {
			return KindBTC, v
		}
	case v[0] == 'T' && len(v) == 34:
		if p := base58check(v); len(p) == 21 && p[0] == 0x41 {
			return KindTRON, v
		}
	case hasPrefixFold(v, "bc1") && len(v) <= 90:
		if segwit(v) {
			return KindBTC, strings.ToLower(v)
		}
	case strings.HasPrefix(v, "0x") && len(v) == 42:
		if eip55(v) {
			return KindETH, v
		}
	case (v[0] == '4' || v[0] == '8') && (len(v) == 95 || len(v) == 106):
		if monero(v) {
			return KindXMR, v
		}
	}
	return "", ""
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58check is the payload of a base58check string, nil where the checksum
// (the first four bytes of a double SHA-256) does not hold.
func base58check(v string) []byte {
	n := new(big.Int)
	for i := range len(v) {
		d := strings.IndexByte(base58Digits, v[i])
		if d < 0 {
			return nil
		}
		n.Mul(n, big.NewInt(58)).Add(n, big.NewInt(int64(d)))
	}
	zeros := len(v) - len(strings.TrimLeft(v, "1"))
	b := append(make([]byte, zeros), n.Bytes()...)
	if len(b) < 5 {
		return nil
	}
	payload, sum := b[:len(b)-4], b[len(b)-4:]
	h := sha256.Sum256(payload)
	h = sha256.Sum256(h[:])
	if !bytes.Equal(h[:4], sum) {
		return nil
	}
	return payload
}

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// segwit checks a Bitcoin address of BIP 173 (version 0, bech32) or BIP 350
// (later versions, bech32m).
func segwit(v string) bool {
	if l := strings.ToLower(v); l != v && strings.ToUpper(v) != v {
		return false
	}
	v = strings.ToLower(v)
	data := make([]byte, 0, len(v))
	for i := 3; i < len(v); i++ {
		d := strings.IndexByte(bech32Digits, v[i])
		if d < 0 {
			return false
		}
		data = append(data, byte(d))
	}
	if len(data) < 8 {
		return false
	}
	chk := uint32(1)
	step := func(d byte) {
		top := chk >> 25
		chk = chk&0x1ffffff<<5 ^ uint32(d)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				chk ^= g
			}
		}
	}
	for _, c := range []byte("bc") {
		step(c >> 5)
	}
	step(0)
	for _, c := range []byte("bc") {
		step(c & 31)
	}
	for _, d := range data {
		step(d)
	}
	version, program := data[0], (len(data)-7)*5/8
	if version == 0 {
		return chk == 1 && (program == 20 || program == 32)
	}
	return chk == 0x2bc830a3 && version <= 16 && program >= 2 && program <= 40
}

func keccak(b []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	_, _ = h.Write(b) // never fails
	return h.Sum(nil)
}

// eip55 checks the mixed-case checksum. An address in one case has none, and so
// is no proof that somebody meant it.
func eip55(v string) bool {
	digits := v[2:]
	lower := strings.ToLower(digits)
	if _, err := hex.DecodeString(lower); err != nil || lower == digits || strings.ToUpper(digits) == digits {
		return false
	}
	h := hex.EncodeToString(keccak([]byte(lower)))
	for i := range len(digits) {
		c := lower[i]
		if c >= 'a' && h[i] >= '8' {
			c -= 'a' - 'A'
		}
		if digits[i] != c {
			return false
		}
	}
	return true
}

// moneroSizes maps the digits of a base58 block to its bytes: Monero encodes
// blocks of 8 bytes, not one large number.
var moneroSizes = [12]int{0, -1, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8}

// monero checks a standard, sub- or integrated address of the main network.
func monero(v string) bool {
	var raw []byte
	for len(v) > 0 {
		block := v[:min(11, len(v))]
		v = v[len(block):]
		size := moneroSizes[len(block)]
		if size < 0 {
			return false
		}
		n := new(big.Int)
		for i := range len(block) {
			d := strings.IndexByte(base58Digits, block[i])
			if d < 0 {
				return false
			}
			n.Mul(n, big.NewInt(58)).Add(n, big.NewInt(int64(d)))
		}
		if n.BitLen() > 8*size {
			return false
		}
		raw = append(raw, n.FillBytes(make([]byte, size))...)
	}
	if len(raw) != 69 && len(raw) != 77 {
		return false
	}
	payload, sum := raw[:len(raw)-4], raw[len(raw)-4:]
	if p := payload[0]; p != 18 && p != 19 && p != 42 {
		return false
	}
	return bytes.Equal(keccak(payload)[:4], sum)
}
