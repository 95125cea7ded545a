package feed

import (
	"bytes"
	"io"
)

// A zoneReader reads the delegations of a zone file (RFC 1035, 5): the owners of
// NS records other than the zone itself, in file order, neighbours once. It reads
// a line at a time at constant memory and knows names, types, parentheses and
// quotes, but no record data: nine tenths of a zone file are of no interest here.
type zoneReader struct {
	lines   *lineReader
	zone    []byte // canonical, no final dot
	origin  []byte // of relative names, canonical, no final dot; empty: the root
	owner   []byte // of the last record, canonical
	ownerOK bool   // owner is a domain name with at least two labels
	last    []byte // last owner that was returned
	noNames int    // delegations whose owner is no domain name
	refused int    // directives that are not followed ($INCLUDE, $GENERATE)
}

func newZoneReader(r io.Reader, zone []byte) *zoneReader {
	zone = bytes.ToLower(bytes.Trim(zone, "."))
	return &zoneReader{lines: newLineReader(r), zone: zone, origin: bytes.Clone(zone)}
}

// next returns the next delegated name, valid until the call after.
func (z *zoneReader) next() ([]byte, error) {
	for {
		line, err := z.lines.line()
		if err != nil {
			return nil, err
		}
		ns, err := z.record(line)
		if err != nil {
			return nil, err
		}
		switch {
		case !ns:
		case !z.ownerOK:
			if !bytes.Equal(z.owner, z.zone) {
				z.noNames++
			}
		case bytes.Equal(z.owner, z.zone), bytes.Equal(z.owner, z.last):
		default:
			z.last = append(z.last[:0], z.owner...)
			return z.last, nil
		}
	}
}

// record reads one record, further lines included where parentheses hold it open,
// and says whether it is an NS record.
func (z *zoneReader) record(line []byte) (ns bool, err error) {
	const (
		wantOwner = iota
		wantType
		wantNothing
		wantOrigin
	)
	state := wantOwner
	if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		state = wantType // the owner is the one before
	}
	for depth := 0; ; {
		rest := line
		for {
			var tok []byte
			tok, rest = zoneToken(rest, &depth)
			if tok == nil {
				break
			}
			switch state {
			case wantOwner:
				if tok[0] == '$' {
					switch {
					case bytes.EqualFold(tok, []byte("$ORIGIN")):
						state = wantOrigin
						continue
					case !bytes.EqualFold(tok, []byte("$TTL")):
						z.refused++
					}
					state = wantNothing
					continue
				}
				z.setOwner(tok)
				state = wantType
			case wantType:
				if tok[0] >= '0' && tok[0] <= '9' || isClass(tok) {
					continue
				}
				ns = len(tok) == 2 && tok[0]|0x20 == 'n' && tok[1]|0x20 == 's'
				state = wantNothing
				if depth == 0 && bytes.IndexByte(rest, '(') < 0 {
					return ns, nil // the data can open no further line
				}
			case wantOrigin:
				z.origin, _ = z.absolute(nil, tok)
				state = wantNothing
			}
		}
		if depth <= 0 {
			return ns, nil
		}
		if line, err = z.lines.line(); err != nil {
			return false, err
		}
	}
}

// isClass knows the classes of RFC 1035 and those written as numbers (RFC 3597).
func isClass(tok []byte) bool {
	if len(tok) > 5 {
		return bytes.EqualFold(tok[:5], []byte("CLASS"))
	}
	return len(tok) == 2 && (bytes.EqualFold(tok, []byte("IN")) || bytes.EqualFold(tok, []byte("CH")) || bytes.EqualFold(tok, []byte("HS")) || bytes.EqualFold(tok, []byte("CS")))
}

// zoneToken takes the next word off a line, nil at its end or at a comment.
// Parentheses are blanks that count in depth; a quoted string is one word.
func zoneToken(s []byte, depth *int) (tok, rest []byte) {
	for len(s) > 0 {
		switch s[0] {
		case ' ', '\t', '\r':
			s = s[1:]
		case '(':
			*depth++
			s = s[1:]
		case ')':
			*depth--
			s = s[1:]
		case ';':
			return nil, nil
		default:
			i, quoted := 0, false
			for i < len(s) {
				c := s[i]
				if c == '\\' {
					i += 2
					continue
				}
				if c == '"' {
					quoted = !quoted
				} else if !quoted && (c == ' ' || c == '\t' || c == ';' || c == '(' || c == ')' || c == '\r') {
					break
				}
				i++
			}
			i = min(i, len(s))
			return s[:i], s[i:]
		}
	}
	return nil, nil
}

// setOwner makes tok the owner of this record and of those that name none.
func (z *zoneReader) setOwner(tok []byte) {
	z.owner, z.ownerOK = z.absolute(z.owner[:0], tok)
}

// absolute appends the canonical form of a name in the file to dst. ok is false
// where it is none that a resolver could be asked for as a host.
func (z *zoneReader) absolute(dst, tok []byte) (name []byte, ok bool) {
	if len(tok) == 1 && tok[0] == '@' {
		var buf [256]byte
		_, ok = appendName(buf[:0], z.origin) // an $ORIGIN may say anything
		return append(dst, z.origin...), ok
	}
	start := len(dst)
	// An escaped dot or octet (RFC 1035, 5.1) never stands in a host name, and
	// appendName refuses the backslash.
	if tok[len(tok)-1] == '.' {
		dst = append(dst, tok[:len(tok)-1]...)
	} else {
		dst = append(dst, tok...)
		if len(z.origin) > 0 {
			dst = append(append(dst, '.'), z.origin...)
		}
	}
	for i, c := range dst[start:] {
		if c >= 'A' && c <= 'Z' {
			dst[start+i] = c | 0x20
		}
	}
	var buf [256]byte
	canonical, ok := appendName(buf[:0], dst[start:])
	if ok && len(dst) > start && dst[start] != '*' {
		return append(dst[:start], canonical...), true
	}
	return dst, false
}
