package feed

import (
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// The parsers in this file cut what they need out of the bytes of a leaf (RFC
// 6962, 3.4; RFC 5280, 4.1) and allocate nothing. They check no signature and no
// extension but subjectAltName: whether a certificate is valid is of no concern
// to someone who asks which names exist.

// Types of log entries, RFC 6962, 3.1.
const (
	entryX509    = 0
	entryPrecert = 1
)

// oidSAN is id-ce-subjectAltName, 2.5.29.17, without tag and length.
var oidSAN = [3]byte{0x55, 0x1d, 0x11}

var (
	tagExtensions = asn1.Tag(3).Constructed().ContextSpecific()
	tagIssuerID   = asn1.Tag(1).ContextSpecific()
	tagSubjectID  = asn1.Tag(2).ContextSpecific()
	tagVersion    = asn1.Tag(0).Constructed().ContextSpecific()
	tagDNSName    = asn1.Tag(2).ContextSpecific()
)

// leafTBS returns the TBSCertificate, without its tag and length, of a
// MerkleTreeLeaf; ok is false where the leaf is none of a known kind.
func leafTBS(leaf []byte) (tbs cryptobyte.String, ok bool) {
	if len(leaf) < 12 || leaf[0] != 0 || leaf[1] != 0 { // v1, timestamped_entry
		return nil, false
	}
	s := cryptobyte.String(leaf[10:]) // past the timestamp
	tbs, ok = entryTBS(&s)
	if !ok {
		return nil, false
	}
	var ext cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&ext) || !s.Empty() {
		return nil, false
	}
	return tbs, true
}

// entryTBS reads entry_type and signed_entry of a TimestampedEntry and leaves s
// at its extensions.
func entryTBS(s *cryptobyte.String) (tbs cryptobyte.String, ok bool) {
	var kind uint16
	var der cryptobyte.String
	if !s.ReadUint16(&kind) {
		return nil, false
	}
	switch kind {
	case entryX509:
		var cert cryptobyte.String
		if !s.ReadUint24LengthPrefixed(&der) || !der.ReadASN1(&cert, asn1.SEQUENCE) || !cert.ReadASN1(&tbs, asn1.SEQUENCE) {
			return nil, false
		}
	case entryPrecert:
		if !s.Skip(32) || !s.ReadUint24LengthPrefixed(&der) || !der.ReadASN1(&tbs, asn1.SEQUENCE) {
			return nil, false
		}
	default:
		return nil, false
	}
	return tbs, true
}

// altNames returns the GeneralNames of the subjectAltName extension of tbs,
// empty where it has none. ok is false where tbs is no TBSCertificate.
func altNames(tbs cryptobyte.String) (names cryptobyte.String, ok bool) {
	if !tbs.SkipOptionalASN1(tagVersion) ||
		!tbs.SkipASN1(asn1.INTEGER) || // serialNumber
		!tbs.SkipASN1(asn1.SEQUENCE) || // signature
		!tbs.SkipASN1(asn1.SEQUENCE) || // issuer
		!tbs.SkipASN1(asn1.SEQUENCE) || // validity
		!tbs.SkipASN1(asn1.SEQUENCE) || // subject
		!tbs.SkipASN1(asn1.SEQUENCE) || // subjectPublicKeyInfo
		!tbs.SkipOptionalASN1(tagIssuerID) ||
		!tbs.SkipOptionalASN1(tagSubjectID) {
		return nil, false
	}
	var outer, exts cryptobyte.String
	var present bool
	if !tbs.ReadOptionalASN1(&outer, &present, tagExtensions) {
		return nil, false // what else may follow, crypto/x509 does not mind either
	}
	if !present {
		return nil, true
	}
	if !outer.ReadASN1(&exts, asn1.SEQUENCE) {
		return nil, false
	}
	for !exts.Empty() {
		var ext, oid cryptobyte.String
		if !exts.ReadASN1(&ext, asn1.SEQUENCE) || !ext.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) {
			return nil, false
		}
		if len(oid) != len(oidSAN) || [3]byte(oid) != oidSAN {
			continue
		}
		var value cryptobyte.String
		if !ext.SkipOptionalASN1(asn1.BOOLEAN) || !ext.ReadASN1(&value, asn1.OCTET_STRING) || !value.ReadASN1(&names, asn1.SEQUENCE) {
			return nil, false
		}
		return names, true
	}
	return nil, true
}

// nextDNSName takes the next dNSName off names; nil at the end. ok is false where
// the list is not well formed.
func nextDNSName(names *cryptobyte.String) (name []byte, ok bool) {
	for !names.Empty() {
		var value cryptobyte.String
		var tag asn1.Tag
		if !names.ReadAnyASN1(&value, &tag) {
			return nil, false
		}
		if tag == tagDNSName {
			return value, true
		}
	}
	return nil, true
}

// addTBS appends every DNS name of a TBSCertificate to the batch. It is false
// where the certificate could not be read to the end of its names.
func (b *Batch) addTBS(tbs cryptobyte.String, index int64) bool {
	names, ok := altNames(tbs)
	for ok {
		var name []byte
		if name, ok = nextDNSName(&names); !ok || name == nil {
			break
		}
		if !b.Names.add(name, index) {
			b.NoNames++
		}
	}
	return ok
}

// addLeaf counts one MerkleTreeLeaf and appends its names.
func (b *Batch) addLeaf(leaf []byte, index int64) {
	b.Entries++
	if tbs, ok := leafTBS(leaf); !ok || !b.addTBS(tbs, index) {
		b.Refused++
	}
}

// A tileLeaf is one entry of a data tile (static-ct-api, "Log entries").
type tileLeaf struct {
	stamped []byte // the TimestampedEntry: what the leaf hash covers after two zero octets
	tbs     cryptobyte.String
	known   bool  // tbs is set
	index   int64 // from the leaf_index extension; -1 where it has none (archived RFC 6962 leaves)
}

// cutTileLeaf takes the first entry off a data tile. ok is false where the bytes
// are no entry, after which nothing else in the tile can be found.
func cutTileLeaf(tile []byte) (l tileLeaf, rest []byte, ok bool) {
	l.index = -1
	s := cryptobyte.String(tile)
	var kind uint16
	var body, ext, pre, chain cryptobyte.String
	if !s.Skip(8) || !s.ReadUint16(&kind) {
		return l, nil, false
	}
	if kind != entryX509 && kind != entryPrecert || kind == entryPrecert && !s.Skip(32) {
		return l, nil, false
	}
	if !s.ReadUint24LengthPrefixed(&body) || !s.ReadUint16LengthPrefixed(&ext) {
		return l, nil, false
	}
	l.stamped = tile[:len(tile)-len(s)]
	if kind == entryPrecert && !s.ReadUint24LengthPrefixed(&pre) || !s.ReadUint16LengthPrefixed(&chain) || len(chain)%hashSize != 0 {
		return l, nil, false
	}
	entry := cryptobyte.String(l.stamped[8:])
	l.tbs, l.known = entryTBS(&entry)
	for !ext.Empty() {
		var t uint8
		var data cryptobyte.String
		if !ext.ReadUint8(&t) || !ext.ReadUint16LengthPrefixed(&data) {
			return l, nil, false
		}
		if t == 0 { // leaf_index, 40 bits
			if len(data) != 5 {
				return l, nil, false
			}
			l.index = int64(data[0])<<32 | int64(binary.BigEndian.Uint32(data[1:]))
		}
	}
	return l, s, true
}
