package feed

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	ct "github.com/google/certificate-transparency-go"
)

// benchLeaf is one entry of the benchmark in the forms that its rows start from.
type benchLeaf struct {
	der  []byte // certificate
	leaf []byte // MerkleTreeLeaf, precert_entry
	sans []string
}

// benchEntries makes certificates as public authorities issue them: P-256, 1 to
// 100 names (5.2 in the mean), SCT list, AIA and CRL.
func benchEntries(b testing.TB, n int) []benchLeaf {
	r := rand.New(rand.NewPCG(2024, 9))
	sct := make([]byte, 4+2*(119+2))
	for i := range sct {
		sct[i] = byte(r.Uint32())
	}
	out := make([]benchLeaf, n)
	for i := range out {
		k := 1 + r.IntN(3)
		switch p := r.IntN(100); {
		case p < 2:
			k = 50 + r.IntN(51)
		case p < 20:
			k = 4 + r.IntN(12)
		}
		names := make([]string, k)
		for j := range names {
			names[j] = fmt.Sprintf("www%d.%x.example", j, r.Uint32())
		}
		c := cert(b, names, func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: names[0]}
			c.IssuingCertificateURL = []string{"http://r10.i.example.org/"}
			c.CRLDistributionPoints = []string{"http://r10.c.example.org/84.crl"}
			c.SubjectKeyId, c.AuthorityKeyId = make([]byte, 20), make([]byte, 20)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
			c.PolicyIdentifiers = []asn1.ObjectIdentifier{{2, 23, 140, 1, 2, 1}}
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: sct}}
		})
		e := entry{cert: c, precert: true, index: int64(i)}
		out[i] = benchLeaf{c.Raw, e.leaf(false), c.DNSNames}
	}
	return out
}

// benchPage is a get-entries answer with chains of two certificates behind each
// precertificate.
func benchPage(b testing.TB, leaves []benchLeaf) []byte {
	type e struct {
		Leaf  []byte `json:"leaf_input"`
		Extra []byte `json:"extra_data"`
	}
	issuer := cert(b, nil).Raw
	var es []e
	for _, l := range leaves {
		chain := append(opaque24(issuer), opaque24(issuer)...)
		es = append(es, e{l.leaf, append(opaque24(l.der), opaque24(chain)...)})
	}
	p, err := json.Marshal(map[string]any{"entries": es})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// viaCTGo reads a page with certificate-transparency-go.
func viaCTGo(b testing.TB, p []byte, found func(index int, sans []string)) {
	var resp ct.GetEntriesResponse
	if err := json.Unmarshal(p, &resp); err != nil {
		b.Fatal(err)
	}
	for i := range resp.Entries {
		e, err := ct.LogEntryFromLeaf(int64(i), &resp.Entries[i])
		if e == nil || e.Precert == nil {
			b.Fatal(err)
		}
		found(i, e.Precert.TBSCertificate.DNSNames)
	}
}

// The readers that the benchmark compares find the same names.
func TestSameNamesAsCTGo(t *testing.T) {
	leaves := benchEntries(t, 64)
	p := benchPage(t, leaves)
	viaCTGo(t, p, func(i int, sans []string) {
		if !slices.Equal(sans, leaves[i].sans) {
			t.Fatalf("ct-go: entry %d: %q, want %q", i, sans, leaves[i].sans)
		}
	})
	var batch Batch
	var scratch []byte
	if n, ok := batch.addPageFast(p, 0, &scratch, nil); n != len(leaves) || !ok {
		t.Fatalf("%d entries, %v", n, ok)
	}
	got := make([][]string, len(leaves))
	for i, n := range batch.Names.All() {
		got[i] = append(got[i], string(n))
	}
	for i, l := range leaves {
		if !slices.Equal(got[i], l.sans) {
			t.Fatalf("entry %d: %q, want %q", i, got[i], l.sans)
		}
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCT is row ct of docs/bench: pages of 256 precertificate entries to all
// SANs. The readers take turns, and what counts is their CPU time, so that a busy
// machine slows them alike; rates are those of the median turn.
func BenchmarkCT(b *testing.B) {
	const size = 256
	leaves := benchEntries(b, 4*size)
	var pages [][]byte
	for p := range slices.Chunk(leaves, size) {
		pages = append(pages, benchPage(b, p))
	}
	var batch Batch
	var scratch []byte
	var tree frontier
	type reader struct {
		name string
		turn int // pages in one turn
		read func(i int)
	}
	readers := []reader{
		{"respawn-json", 40, func(i int) {
			batch.Names.reset()
			if n, err := batch.addPage(pages[i%4], 0, &scratch, nil); n != size || err != nil {
				b.Fatal(n, err)
			}
		}},
		{"respawn-leaf", 80, func(i int) {
			batch.Names.reset()
			for j, l := range leaves[i%4*size : (i%4+1)*size] {
				batch.addLeaf(l.leaf, int64(j))
			}
		}},
		{"ctgo-json", 1, func(i int) { viaCTGo(b, pages[i%4], func(int, []string) {}) }},
		{"respawn-proved", 20, func(i int) {
			batch.Names.reset()
			if n, err := batch.addPage(pages[i%4], 0, &scratch, &tree); n != size || err != nil {
				b.Fatal(n, err)
			}
		}},
		{"x509-der", 4, func(i int) {
			for _, l := range leaves[i%4*size : (i%4+1)*size] {
				if _, err := x509.ParseCertificate(l.der); err != nil {
					b.Fatal(err)
				}
			}
		}},
	}
	perEntry := make([][]float64, len(readers))
	turns := 0
	for b.Loop() {
		for k, r := range readers {
			start := cpuTime()
			for i := range r.turn {
				r.read(turns + i)
			}
			perEntry[k] = append(perEntry[k], float64((cpuTime()-start).Nanoseconds())/float64(r.turn*size))
		}
		turns++
	}
	median := make([]float64, len(readers))
	for k, r := range readers {
		slices.Sort(perEntry[k])
		median[k] = perEntry[k][len(perEntry[k])/2]
		b.ReportMetric(1e9/median[k], r.name+"-entries/s")
	}
	b.ReportMetric(median[2]/median[0], "x-ctgo")
	fmt.Printf("\nrow ct: pages of %d entries, CPU time; median of %d turns\n", size, turns)
	for k, r := range readers {
		fmt.Printf("  %-16s %10.0f entries/s\n", r.name, 1e9/median[k])
	}
	verdict := map[bool]string{true: "holds", false: "FAILS"}[median[2]/median[0] >= 20]
	fmt.Printf("  => %-14s %-44s %8.1f   must be at least %d (aim 50)   %s\n", "ct", "rate / certificate-transparency-go", median[2]/median[0], 20, verdict)
	b.ReportMetric(median[4]/median[1], "x-x509")
	b.ReportMetric(median[2]/median[3], "x-ctgo-proved")
	b.ReportMetric(0, "ns/op")
	b.Logf("pages of %d octets, leaves of %d", len(pages[0]), len(leaves[0].leaf))
}
