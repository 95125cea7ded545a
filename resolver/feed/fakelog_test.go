package feed

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	ct "github.com/google/certificate-transparency-go"
	cttls "github.com/google/certificate-transparency-go/tls"
	"github.com/klauspost/compress/gzip"
)

// cert makes a certificate with the given subject alternative names.
func cert(t testing.TB, names []string, change ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "cn.example"},
		NotBefore: time.Unix(1725408000, 0), NotAfter: time.Unix(1733184000, 0), DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature,
		OCSPServer: []string{"http://ocsp.example"}, BasicConstraintsValid: true}
	for _, f := range change {
		f(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &testKey.PublicKey, testKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var testKey = func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}()

func opaque24(b []byte) []byte {
	return append([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

func opaque16(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }

// An entry is one entry of a fake log.
type entry struct {
	cert    *x509.Certificate
	precert bool
	index   int64 // written into the leaf where the log is a tiled one
}

// stamped is the TimestampedEntry.
func (e entry) stamped(tiled bool) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(1725408000000+e.index))
	if e.precert {
		b = append(b, 0, 1)
		b = append(b, make([]byte, 32)...)
		b = append(b, opaque24(e.cert.RawTBSCertificate)...)
	} else {
		b = append(b, 0, 0)
		b = append(b, opaque24(e.cert.Raw)...)
	}
	var ext []byte
	if tiled {
		ext = append([]byte{0, 0, 5, byte(e.index >> 32)}, binary.BigEndian.AppendUint32(nil, uint32(e.index))...)
	}
	return append(b, opaque16(ext)...)
}

func (e entry) leaf(tiled bool) []byte { return append([]byte{0, 0}, e.stamped(tiled)...) }

func (e entry) tileLeaf() []byte {
	b := e.stamped(true)
	if e.precert {
		b = append(b, opaque24(e.cert.Raw)...)
	}
	return append(b, opaque16(make([]byte, 64))...)
}

// A fakeLog is a log that speaks both read APIs. Its hashes follow the
// definitions of RFC 6962, 2.1 to the letter, so that they share no shortcut with
// the code under test.
type fakeLog struct {
	*httptest.Server
	t      testing.TB
	tiled  bool
	origin string
	key    *ecdsa.PrivateKey

	mu      sync.Mutex
	entries []entry
	hashes  []hash
	size    int64 // published
	asked   []string
	page    int                                               // most entries that get-entries returns
	fault   func(w http.ResponseWriter, r *http.Request) bool // true: it answered
	mangle  func(path string, body []byte) []byte             // changes what is served
	memo    map[[2]int64]hash                                 // subtree hashes
	unasked bool                                              // gzip without negotiation
	gone    map[string]bool                                   // partial tiles that are gone
}

func newFakeLog(t testing.TB, tiled bool) *fakeLog {
	l := &fakeLog{t: t, tiled: tiled, origin: "log.example/2024h2", key: testKey, page: 1 << 20, memo: map[[2]int64]hash{}, gone: map[string]bool{}}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

func (l *fakeLog) publicKey() string {
	der, err := x509.MarshalPKIXPublicKey(&l.key.PublicKey)
	if err != nil {
		l.t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// grow adds n entries with certs in turn and publishes them.
func (l *fakeLog) grow(n int, certs ...*x509.Certificate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range n {
		e := entry{certs[i%len(certs)], i%2 == 1, int64(len(l.entries))}
		l.entries = append(l.entries, e)
		l.hashes = append(l.hashes, sha256.Sum256(append([]byte{0}, e.leaf(l.tiled)...)))
	}
	l.size = int64(len(l.entries))
}

// mth is the Merkle Tree Hash of leaves lo to hi.
func (l *fakeLog) mth(lo, hi int64) hash {
	switch n := hi - lo; n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return l.hashes[lo]
	default:
		if h, ok := l.memo[[2]int64{lo, hi}]; ok {
			return h
		}
		k := int64(1)
		for k*2 < n {
			k *= 2
		}
		a, b := l.mth(lo, lo+k), l.mth(lo+k, hi)
		h := sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...))
		l.memo[[2]int64{lo, hi}] = h
		return h
	}
}

// subproof is SUBPROOF of RFC 6962, 2.1.2.
func (l *fakeLog) subproof(m, lo, hi int64, whole bool) [][]byte {
	n := hi - lo
	if m == n {
		if whole {
			return nil
		}
		h := l.mth(lo, hi)
		return [][]byte{h[:]}
	}
	k := int64(1)
	for k*2 < n {
		k *= 2
	}
	if m <= k {
		h := l.mth(lo+k, hi)
		return append(l.subproof(m, lo, lo+k, whole), h[:])
	}
	h := l.mth(lo, lo+k)
	return append(l.subproof(m-k, lo+k, hi, false), h[:])
}

// signature is the serialized TreeHeadSignature.
func (l *fakeLog) signature(size int64, stamp uint64, root hash) []byte {
	in, err := ct.SerializeSTHSignatureInput(ct.SignedTreeHead{Version: ct.V1, TreeSize: uint64(size), Timestamp: stamp, SHA256RootHash: ct.SHA256Hash(root)})
	if err != nil {
		l.t.Fatal(err)
	}
	digest := sha256.Sum256(in)
	sig, err := l.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		l.t.Fatal(err)
	}
	out, err := cttls.Marshal(cttls.DigitallySigned{Algorithm: cttls.SignatureAndHashAlgorithm{Hash: cttls.SHA256, Signature: cttls.ECDSA}, Signature: sig})
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

func (l *fakeLog) checkpoint() []byte {
	root := l.mth(0, l.size)
	const stamp = 1725408000000
	text := fmt.Sprintf("%s\n%d\n%s\n", l.origin, l.size, base64.StdEncoding.EncodeToString(root[:]))
	der, _ := base64.StdEncoding.DecodeString(l.publicKey())
	id := sha256.Sum256(der)
	kid := sha256.Sum256(append([]byte(l.origin+"\n\x05"), id[:]...))
	sig := append(binary.BigEndian.AppendUint64(kid[:4:4], stamp), l.signature(l.size, stamp, root)...)
	other := base64.StdEncoding.EncodeToString(make([]byte, 80))
	return []byte(text + "\n\u2014 witness.example " + other + "\n\u2014 " + l.origin + " " + base64.StdEncoding.EncodeToString(sig) + "\n")
}

// count says how many requests contained s, and forgets all of them.
func (l *fakeLog) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, a := range l.asked {
		if strings.Contains(a, s) {
			n++
		}
	}
	l.asked = nil
	return n
}

func (l *fakeLog) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func (l *fakeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.URL.RequestURI())
	if l.fault != nil && l.fault(w, r) {
		return
	}
	body := l.body(r.URL)
	if l.mangle != nil && body != nil {
		body = l.mangle(r.URL.Path, body)
	}
	if body == nil {
		http.NotFound(w, r)
		return
	}
	if l.unasked && strings.Contains(r.URL.Path, "/data/") {
		w.Header().Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_, _ = z.Write(body)
		_ = z.Close()
		return
	}
	_, _ = w.Write(body)
}

func (l *fakeLog) body(u *url.URL) []byte {
	num := func(k string) int64 { n, _ := strconv.ParseInt(u.Query().Get(k), 10, 64); return n }
	var answer any
	switch path := strings.TrimPrefix(u.Path, "/"); {
	case path == "checkpoint":
		return l.checkpoint()
	case strings.HasPrefix(path, "tile/"):
		return l.tile(path)
	case path == "ct/v1/get-sth":
		root := l.mth(0, l.size)
		answer = map[string]any{"tree_size": l.size, "timestamp": 1725408000000, "sha256_root_hash": root[:], "tree_head_signature": l.signature(l.size, 1725408000000, root)}
	case path == "ct/v1/get-sth-consistency":
		answer = map[string]any{"consistency": l.subproof(num("first"), 0, num("second"), true)}
	case path == "ct/v1/get-entries":
		type e struct {
			Leaf  []byte `json:"leaf_input"`
			Extra []byte `json:"extra_data"`
		}
		var es []e
		for i := num("start"); i <= num("end") && i < l.size && len(es) < l.page; i++ {
			es = append(es, e{l.entries[i].leaf(l.tiled), make([]byte, 100)})
		}
		answer = map[string]any{"entries": es}
	default:
		return nil
	}
	b, err := json.Marshal(answer)
	if err != nil {
		l.t.Error(err)
	}
	return b
}

// tile serves tile/<L>/<N>[.p/<W>] and tile/data/<N>[.p/<W>] of the published
// tree, and fails the test when the path is not one of static-ct-api.
func (l *fakeLog) tile(path string) []byte {
	if l.gone[path] {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(path, "tile/"), "/")
	level, data := 0, parts[0] == "data"
	if !data {
		level, _ = strconv.Atoi(parts[0])
	}
	width := int64(tileWidth)
	if k := len(parts); strings.HasSuffix(parts[k-2], ".p") {
		width, _ = strconv.ParseInt(parts[k-1], 10, 64)
		parts[k-2] = strings.TrimSuffix(parts[k-2], ".p")
		parts = parts[:k-1]
	}
	n := int64(0)
	for _, p := range parts[1:] {
		d, err := strconv.ParseInt(strings.TrimPrefix(p, "x"), 10, 64)
		if err != nil || len(strings.TrimPrefix(p, "x")) != 3 {
			l.t.Errorf("asked for %s", path)
			return nil
		}
		n = n*1000 + d
	}
	count := l.size >> (8 * level)
	if n*tileWidth+width > count {
		return nil
	}
	var out []byte
	for i := n * tileWidth; i < n*tileWidth+width; i++ {
		if data {
			out = append(out, l.entries[i].tileLeaf()...)
		} else {
			h := l.mth(i<<(8*level), (i+1)<<(8*level))
			out = append(out, h[:]...)
		}
	}
	return out
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
