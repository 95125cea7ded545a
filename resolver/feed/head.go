package feed

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	ct "github.com/google/certificate-transparency-go"
	cttls "github.com/google/certificate-transparency-go/tls"
)

// A head is a signed tree head: what a log commits itself to.
type head struct {
	size int64
	root hash
	at   time.Time // as signed
}

// errHead is wrapped by errors about heads that the log did not sign.
var errHead = errors.New("not a head signed by this log")

// A logKey is the public key of a log and what follows from it.
type logKey struct {
	id     hash // RFC 6962, 3.2: of the SubjectPublicKeyInfo
	verify *ct.SignatureVerifier
}

// parseKey reads the public key of a log: base64 of the SubjectPublicKeyInfo, as
// log lists print it, or PEM.
func parseKey(s string) (logKey, error) {
	var der []byte
	if block, _ := pem.Decode([]byte(s)); block != nil {
		der = block.Bytes
	} else {
		var err error
		if der, err = base64.StdEncoding.DecodeString(strings.TrimSpace(s)); err != nil {
			return logKey{}, fmt.Errorf("log key is neither PEM nor base64: %w", err)
		}
	}
	var pub crypto.PublicKey
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return logKey{}, fmt.Errorf("log key: %w", err)
	}
	v, err := ct.NewSignatureVerifier(pub)
	if err != nil {
		return logKey{}, fmt.Errorf("log key: %w", err)
	}
	return logKey{id: sha256.Sum256(der), verify: v}, nil
}

// check verifies the signature over a head (RFC 6962, 3.5); sig is a serialized
// TreeHeadSignature.
func (k logKey) check(size, stamp uint64, root hash, sig []byte) (head, error) {
	var ds cttls.DigitallySigned
	if rest, err := cttls.Unmarshal(sig, &ds); err != nil || len(rest) > 0 {
		return head{}, fmt.Errorf("%w: the signature is malformed", errHead)
	}
	if size > maxTreeSize || stamp > 1<<52 {
		return head{}, fmt.Errorf("%w: %d leaves at %d", errHead, size, stamp)
	}
	if err := k.verify.VerifySTHSignature(ct.SignedTreeHead{Version: ct.V1, TreeSize: size, Timestamp: stamp,
		SHA256RootHash: ct.SHA256Hash(root), TreeHeadSignature: ct.DigitallySigned(ds)}); err != nil {
		return head{}, fmt.Errorf("%w: %w", errHead, err)
	}
	return head{size: int64(size), root: root, at: time.UnixMilli(int64(stamp)).UTC()}, nil
}

// parseSTH reads and verifies a get-sth answer (RFC 6962, 4.3).
func (k logKey) parseSTH(body []byte) (head, error) {
	var sth ct.GetSTHResponse
	if err := json.Unmarshal(body, &sth); err != nil {
		return head{}, fmt.Errorf("get-sth: %w", err)
	}
	if len(sth.SHA256RootHash) != hashSize {
		return head{}, fmt.Errorf("%w: its root has %d octets", errHead, len(sth.SHA256RootHash))
	}
	return k.check(sth.TreeSize, sth.Timestamp, hash(sth.SHA256RootHash), sth.TreeHeadSignature)
}

// noteSplit divides the text of a signed note from its signatures.
var noteSplit = []byte("\n\n")

const sigPrefix = "\u2014 "

// parseCheckpoint reads and verifies a checkpoint: a signed note (c2sp.org/
// signed-note) whose text is origin, size and root (c2sp.org/tlog-checkpoint),
// signed with the RFC 6962 key as static-ct-api says. An empty origin accepts the
// one in the note: a CT log is known by its key, and its signature does not cover
// the origin. Signatures of others are passed over.
func (k logKey) parseCheckpoint(msg []byte, origin string) (head, error) {
	at := bytes.LastIndex(msg, noteSplit)
	if at < 0 || !utf8.Valid(msg) || msg[len(msg)-1] != '\n' {
		return head{}, fmt.Errorf("%w: not a signed note", errHead)
	}
	for _, c := range msg {
		if c < 0x20 && c != '\n' {
			return head{}, fmt.Errorf("%w: control character in the note", errHead)
		}
	}
	lines := strings.Split(string(msg[:at]), "\n")
	if len(lines) != 3 {
		return head{}, fmt.Errorf("%w: %d lines in the checkpoint, want origin, size and root", errHead, len(lines))
	}
	name := lines[0]
	if origin != "" && name != origin {
		return head{}, fmt.Errorf("%w: the origin is %q, want %q", errHead, name, origin)
	}
	if name == "" || strings.ContainsRune(name, '+') || strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		return head{}, fmt.Errorf("%w: the origin is %q", errHead, name)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil || lines[1] != strconv.FormatUint(size, 10) {
		return head{}, fmt.Errorf("%w: the size is %q", errHead, lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != hashSize {
		return head{}, fmt.Errorf("%w: the root is %q", errHead, lines[2])
	}
	// Key id: name, newline, type 0x05, log id (static-ct-api, "Checkpoints").
	sum := sha256.Sum256(append([]byte(name+"\n\x05"), k.id[:]...))
	want := binary.BigEndian.Uint32(sum[:])
	for line := range strings.SplitSeq(strings.TrimSuffix(string(msg[at+2:]), "\n"), "\n") {
		rest, ok := strings.CutPrefix(line, sigPrefix)
		signer, b64, ok2 := strings.Cut(rest, " ")
		if !ok || !ok2 {
			return head{}, fmt.Errorf("%w: not a signature line", errHead)
		}
		sig, err := base64.StdEncoding.DecodeString(b64)
		if err != nil || len(sig) < 5 {
			return head{}, fmt.Errorf("%w: not a signature line", errHead)
		}
		if signer != name || binary.BigEndian.Uint32(sig) != want {
			continue
		}
		if len(sig) < 12 {
			return head{}, fmt.Errorf("%w: the signature is malformed", errHead)
		}
		return k.check(size, binary.BigEndian.Uint64(sig[4:]), hash(root), sig[12:])
	}
	return head{}, fmt.Errorf("%w: no signature by its key under the name %q", errHead, name)
}
