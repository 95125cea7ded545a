package archive

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"respawn/tracker"
)

// A timestamp (RFC 3161) is an authority's word that a hash existed at a time.
// That of a link covers all links before it, so only the newest is ever asked
// for, and what could not be had on one night is made up for by the next one's.
// Replies lie beside the manifest as timestamp-000001.tsr, by link, as any
// other tool reads them:
//
//	openssl ts -verify -digest HASH -in timestamp-000001.tsr -CAfile authority.pem

const (
	stampSuffix = ".tsr"
	maxStamp    = 256 << 10 // bytes of a reply; real ones are below 10 KB
)

func stampName(seq int) string { return fmt.Sprintf("timestamp-%06d%s", seq, stampSuffix) }

// An Authority sends a DER time-stamp request (application/timestamp-query) and
// returns the reply. An error means that there is no reply now.
type Authority func(ctx context.Context, request []byte) (reply []byte, err error)

// Stamp asks the authority for a timestamp of the newest link, if there is one
// without. It keeps the reply only if it speaks of that link and answers this
// request (nonce); whether the authority may be trusted, and its signature, are
// for whoever relies on it to check. On an error nothing is kept and the next call
// asks again. at is the authority's time, zero where there was nothing to ask.
func (a *Archive) Stamp(ctx context.Context, ask Authority) (at time.Time, err error) {
	links, err := func() ([]Link, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		return readManifest(a.dir)
	}()
	if err != nil || len(links) == 0 {
		return time.Time{}, err
	}
	head := links[len(links)-1]
	path := filepath.Join(a.dir, stampName(head.Seq))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, err
	}
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return time.Time{}, err
	}
	request, err := stampRequest(head.Hash, nonce)
	if err != nil {
		return time.Time{}, fmt.Errorf("archive: timestamp: %w", err)
	}
	reply, err := ask(ctx, request)
	if err != nil {
		return time.Time{}, fmt.Errorf("archive: timestamp: %w", err)
	}
	info, err := readStamp(reply)
	if err == nil {
		err = info.speaksOf(head.Hash)
	}
	if err == nil && (info.Nonce == nil || info.Nonce.Cmp(nonce) != 0) {
		err = errors.New("the reply answers another request")
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("archive: timestamp: %w", err)
	}
	if err := writeWhole(path, reply); err != nil {
		return time.Time{}, fmt.Errorf("archive: timestamp: %w", err)
	}
	return info.at, nil
}

// writeWhole makes a file that is there whole and durable, or not at all.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".stamp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(f.Name(), path), syncPath(filepath.Dir(path)))
}

// freshStamps are the timestamps that no link has sealed.
func freshStamps(dir string, links []Link) ([]string, error) {
	es, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range es {
		is := func(f SealedFile) bool { return f.Path == e.Name() }
		if strings.HasSuffix(e.Name(), stampSuffix) && !slices.ContainsFunc(links, func(l Link) bool { return slices.ContainsFunc(l.Files, is) }) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// checkStamps looks at every timestamp of the archive. One of a link that the
// manifest does not have shows that the chain's end was cut off.
func checkStamps(dir string, names []string, links []tracker.Digest, r *Report) error {
	for _, name := range names {
		bad := func(why string) error { return &BadLink{name, 0, why} }
		var seq int
		if _, err := fmt.Sscanf(name, "timestamp-%d"+stampSuffix, &seq); err != nil || name != stampName(seq) || seq < 1 {
			return bad("not the name of a timestamp")
		}
		if seq > len(links) {
			return bad(fmt.Sprintf("a timestamp of link %d, and the manifest has %d: its end was cut off", seq, len(links)))
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		info, err := readStamp(b)
		if err == nil {
			err = info.speaksOf(links[seq-1])
		}
		if err != nil {
			return bad(err.Error())
		}
		r.Stamps++
		if seq > r.StampedLink {
			r.StampedLink, r.StampedAt = seq, info.at
		}
	}
	return nil
}

var (
	oidSHA256     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

// What follows is RFC 3161, sections 2.4.1 and 2.4.2, and RFC 5652, section 5.1.

type messageImprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Hash      []byte
}

type tsRequest struct {
	Version int
	Imprint messageImprint
	Nonce   *big.Int
	CertReq bool
}

type tsResponse struct {
	Status struct {
		Status int
		Text   []string       `asn1:"optional"`
		Fail   asn1.BitString `asn1:"optional"`
	}
	Token contentInfo `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedContent `asn1:"explicit,tag:0"`
}

type signedContent struct {
	Version int
	Digests asn1.RawValue
	Content struct {
		Type asn1.ObjectIdentifier
		Info []byte `asn1:"explicit,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      asn1.RawValue
}

type tstInfo struct {
	Version  int
	Policy   asn1.ObjectIdentifier
	Imprint  messageImprint
	Serial   *big.Int
	Time     asn1.RawValue // GeneralizedTime, which may have fractions of seconds
	Accuracy struct {
		Seconds int `asn1:"optional"`
		Millis  int `asn1:"optional,tag:0"`
		Micros  int `asn1:"optional,tag:1"`
	} `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	TSA        asn1.RawValue `asn1:"optional,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

// A stamp is what an authority said.
type stamp struct {
	tstInfo
	at time.Time
}

func stampRequest(d tracker.Digest, nonce *big.Int) ([]byte, error) {
	hash, err := hex.DecodeString(string(d))
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(tsRequest{1, messageImprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, hash}, nonce, true})
}

// readStamp reads a reply. It does not check the signature.
func readStamp(b []byte) (stamp, error) {
	var s stamp
	if len(b) > maxStamp {
		return s, fmt.Errorf("%d bytes are no timestamp", len(b))
	}
	var r tsResponse
	if rest, err := asn1.Unmarshal(b, &r); err != nil || len(rest) > 0 {
		return s, fmt.Errorf("not a time-stamp reply: %w", errors.Join(err, trailing(rest)))
	}
	if r.Status.Status > 1 || r.Status.Status < 0 { // 0 granted, 1 granted with changes
		return s, fmt.Errorf("the authority refused: status %d %.200q", r.Status.Status, strings.Join(r.Status.Text, "; "))
	}
	if !r.Token.Type.Equal(oidSignedData) || !r.Token.Content.Content.Type.Equal(oidTSTInfo) {
		return s, errors.New("the reply holds no time-stamp token")
	}
	if rest, err := asn1.Unmarshal(r.Token.Content.Content.Info, &s.tstInfo); err != nil || len(rest) > 0 {
		return s, fmt.Errorf("not a time-stamp token: %w", errors.Join(err, trailing(rest)))
	}
	if s.Time.Class != asn1.ClassUniversal || s.Time.Tag != asn1.TagGeneralizedTime {
		return s, errors.New("the token has no time")
	}
	at, err := time.Parse("20060102150405Z", string(s.Time.Bytes))
	if err != nil {
		return s, fmt.Errorf("the token's time: %w", err)
	}
	s.at = at.UTC()
	return s, nil
}

func trailing(rest []byte) error {
	if len(rest) == 0 {
		return nil
	}
	return fmt.Errorf("%d bytes too many", len(rest))
}

// speaksOf checks that the token is about that hash.
func (s *stamp) speaksOf(d tracker.Digest) error {
	want, err := hex.DecodeString(string(d))
	if err != nil {
		return err
	}
	if !s.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || !bytes.Equal(s.Imprint.Hash, want) {
		return fmt.Errorf("the timestamp is of another hash, %.64x", s.Imprint.Hash)
	}
	return nil
}
