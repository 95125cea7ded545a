package netsim

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A certLog is the log to which the authority hands what it issues (RFC 6962, the read
// side). A certificate stands in it from the moment that its site is there on; those that
// are renewed for the same names are not logged again. Safe for concurrent use.
type certLog struct {
	key   crypto.Signer
	leafs [][]byte // MerkleTreeLeaf of all time, in order of the log
	times []time.Time

	mu   sync.Mutex
	memo map[[2]int64][sha256.Size]byte
}

// certLog is made once for a world.
func (s *Server) certLog() (*certLog, error) {
	s.logOnce.Do(func() { s.log, s.logErr = newCertLog(s.topo.w, s.ca) })
	return s.log, s.logErr
}

func newCertLog(w *World, ca *authority) (*certLog, error) {
	l := &certLog{key: steadyKey("ct log"), memo: map[[2]int64][sha256.Size]byte{}}
	type issued struct {
		at   time.Time
		name string
		der  []byte
	}
	var all []issued
	for i := range w.Sites {
		site := &w.Sites[i]
		from := []time.Time{site.RegisteredAt()}
		for j := range site.Timeline {
			from = append(from, site.Timeline[j].From.Time)
		}
		last := ""
		for _, at := range from {
			st, ok := site.At(at)
			if !ok || st.Web == nil || st.Web.HTTPS == "refused" || st.Web.HTTPS == "reset" {
				continue
			}
			c, err := ca.forSite(site, &st, site.Name, at)
			if err != nil {
				return nil, err
			}
			cert, err := x509.ParseCertificate(c.Certificate[0])
			if err != nil {
				return nil, err
			}
			what := strings.Join(cert.DNSNames, " ") + string(cert.RawSubjectPublicKeyInfo)
			if what == last || !slices.ContainsFunc(cert.DNSNames, func(n string) bool { return n == site.Name || strings.HasSuffix(n, "."+site.Name) }) {
				continue
			}
			last = what
			all = append(all, issued{at, site.Name, cert.Raw})
		}
	}
	slices.SortStableFunc(all, func(a, b issued) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	for _, c := range all {
		leaf := binary.BigEndian.AppendUint64([]byte{0, 0}, uint64(c.at.UnixMilli())) // v1, timestamped entry
		leaf = append(leaf, 0, 0)                                                     // X.509 entry
		leaf = append(leaf, byte(len(c.der)>>16), byte(len(c.der)>>8), byte(len(c.der)))
		leaf = append(append(leaf, c.der...), 0, 0) // no extensions
		l.leafs, l.times = append(l.leafs, leaf), append(l.times, c.at)
	}
	return l, nil
}

// size is how many entries the log has at an instant.
func (l *certLog) size(now time.Time) int64 {
	n, _ := slices.BinarySearchFunc(l.times, now, func(t, now time.Time) int {
		if t.After(now) {
			return 1
		}
		return -1
	})
	return int64(n)
}

// logPublicKey is the log's key as log lists print it.
func logPublicKey() string {
	der, err := x509.MarshalPKIXPublicKey(steadyKey("ct log").Public())
	if err != nil {
		panic(err) // a key of ours
	}
	return base64.StdEncoding.EncodeToString(der)
}

// root is the Merkle Tree Hash of entries lo to hi (RFC 6962, 2.1).
func (l *certLog) root(lo, hi int64) [sha256.Size]byte {
	switch hi - lo {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, l.leafs[lo]...))
	}
	if h, ok := l.memo[[2]int64{lo, hi}]; ok {
		return h
	}
	k := split(hi - lo)
	a, b := l.root(lo, lo+k), l.root(lo+k, hi)
	h := sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...))
	l.memo[[2]int64{lo, hi}] = h
	return h
}

// split is the largest power of two below n.
func split(n int64) int64 {
	k := int64(1)
	for k*2 < n {
		k *= 2
	}
	return k
}

// subproof is SUBPROOF of RFC 6962, 2.1.2, of the first m entries in lo to hi.
func (l *certLog) subproof(m, lo, hi int64, whole bool) [][]byte {
	n := hi - lo
	if m == n {
		if whole {
			return nil
		}
		h := l.root(lo, hi)
		return [][]byte{h[:]}
	}
	if k := split(n); m <= k {
		h := l.root(lo+k, hi)
		return append(l.subproof(m, lo, lo+k, whole), h[:])
	} else {
		h := l.root(lo, lo+k)
		return append(l.subproof(m-k, lo+k, hi, false), h[:])
	}
}

// serveLog answers for the log.
func (s *Server) serveLog(w http.ResponseWriter, r *http.Request) {
	l, err := s.certLog()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	now, _ := s.current()
	s.count("ct log", 1)
	l.serve(w, r, now)
}

// serve answers get-sth, get-sth-consistency and get-entries.
func (l *certLog) serve(w http.ResponseWriter, r *http.Request, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := l.size(now)
	num := func(key string, most int64) (int64, bool) {
		n, err := strconv.ParseInt(r.URL.Query().Get(key), 10, 64)
		return n, err == nil && n >= 0 && n <= most
	}
	var answer any
	switch r.URL.Path {
	case "/ct/v1/get-sth":
		root, stamp := l.root(0, size), uint64(now.UnixMilli())
		in := binary.BigEndian.AppendUint64([]byte{0, 1}, stamp) // v1, tree hash (RFC 6962, 3.5)
		in = append(binary.BigEndian.AppendUint64(in, uint64(size)), root[:]...)
		digest := sha256.Sum256(in)
		sig, err := l.key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		signed := append([]byte{4, 3, byte(len(sig) >> 8), byte(len(sig))}, sig...) // SHA-256, ECDSA
		answer = map[string]any{"tree_size": size, "timestamp": stamp, "sha256_root_hash": root[:], "tree_head_signature": signed}
	case "/ct/v1/get-sth-consistency":
		second, ok := num("second", size)
		first, fine := num("first", second)
		if !ok || !fine || first == 0 {
			http.Error(w, "bad range", http.StatusBadRequest)
			return
		}
		proof := l.subproof(first, 0, second, true)
		if proof == nil {
			proof = [][]byte{}
		}
		answer = map[string]any{"consistency": proof}
	case "/ct/v1/get-entries":
		type entry struct {
			Leaf  []byte `json:"leaf_input"`
			Extra []byte `json:"extra_data"`
		}
		start, ok := num("start", size-1)
		end, err := strconv.ParseInt(r.URL.Query().Get("end"), 10, 64)
		if !ok || err != nil || end < start {
			http.Error(w, "bad range", http.StatusBadRequest)
			return
		}
		entries := []entry{}
		for i := start; i <= min(end, size-1, start+entriesAtOnce-1); i++ {
			entries = append(entries, entry{l.leafs[i], []byte{0, 0, 0}}) // an empty chain
		}
		answer = map[string]any{"entries": entries}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// entriesAtOnce is the most that get-entries returns.
const entriesAtOnce = 256
