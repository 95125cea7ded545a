package netsim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"sync"
	"time"
)

// An authority is the certification authority of every world. Keys, serial
// numbers and signatures depend only on what they are for, so that a replay
// gives the same certificate bytes in every run.
type authority struct {
	key  crypto.Signer
	cert *x509.Certificate
	pem  []byte

	mu    sync.Mutex
	certs map[string]*tls.Certificate
	keys  map[string]crypto.Signer
}

// steadySigner signs as RFC 6979 says, whatever source of randomness it is
// handed.
type steadySigner struct{ *ecdsa.PrivateKey }

func (s steadySigner) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.PrivateKey.Sign(nil, digest, opts)
}

// steadyKey makes the P-256 key that belongs to a word.
func steadyKey(word string) crypto.Signer {
	for i := 0; ; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "netsim key %d %s", i, word))
		if k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:]); err == nil {
			return steadySigner{k}
		}
	}
}

func newAuthority() *authority {
	a := &authority{key: steadyKey("ca"), certs: map[string]*tls.Certificate{}, keys: map[string]crypto.Signer{}}
	tmpl := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"Miniature Internet"}, CommonName: "Miniature Internet Root"},
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SerialNumber: big.NewInt(1),
	}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, a.key.Public(), a.key)
	if err != nil {
		panic(err) // no input of ours can make it fail
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		panic(err)
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

// CACert is the certificate of the world's certification authority, PEM.
func (s *Server) CACert() []byte { return bytes.Clone(s.ca.pem) }

func (a *authority) key4(word string) crypto.Signer {
	k := a.keys[word]
	if k == nil {
		k = steadyKey(word)
		a.keys[word] = k
	}
	return k
}

// issue makes (or recalls) a certificate.
func (a *authority) issue(names []string, key, issuer string, from, until time.Time) (*tls.Certificate, error) {
	id := fmt.Sprint(names, key, issuer, from.Unix(), until.Unix())
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.certs[id]; c != nil {
		return c, nil
	}
	leaf := a.key4("leaf " + key)
	serial := sha256.Sum256([]byte(id))
	tmpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, SerialNumber: new(big.Int).SetBytes(serial[:16]),
	}
	parent, signer := tmpl, leaf
	chain := [][]byte{nil}
	if issuer != "self" {
		if issuer == "" {
			issuer = "R10"
		}
		signer = a.key4("issuer " + issuer)
		sum := sha256.Sum256([]byte("issuer " + issuer))
		it := &x509.Certificate{
			Subject:   pkix.Name{Organization: []string{"Miniature Internet"}, CommonName: issuer},
			NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign, SerialNumber: new(big.Int).SetBytes(sum[:16]),
		}
		der, err := x509.CreateCertificate(nil, it, a.cert, signer.Public(), a.key)
		if err != nil {
			return nil, err
		}
		if parent, err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
		chain = append(chain, der)
	}
	der, err := x509.CreateCertificate(nil, tmpl, parent, leaf.Public(), signer)
	if err != nil {
		return nil, err
	}
	chain[0] = der
	c := &tls.Certificate{Certificate: chain, PrivateKey: leaf}
	a.certs[id] = c
	return c, nil
}

// forSite is the certificate that a site shows at an instant.
func (a *authority) forSite(s *Site, st *State, host string, now time.Time) (*tls.Certificate, error) {
	spec := Certificate{}
	if st.Certificate != nil {
		spec = *st.Certificate
	}
	if spec.Names == nil {
		spec.Names = []string{s.Name, "www." + s.Name}
		for _, label := range sortedKeys(st.Subdomains) {
			spec.Names = append(spec.Names, label+"."+s.Name)
		}
	}
	if len(spec.Names) == 0 {
		spec.Names = []string{host}
	}
	if spec.Key == "" {
		spec.Key = "site " + s.Name
	}
	born := s.RegisteredAt()
	const renewal = 60 * 24 * time.Hour
	from := spec.From.or(born.Add(now.Sub(born).Truncate(renewal)))
	return a.issue(spec.Names, spec.Key, spec.Issuer, from, spec.Until.or(from.AddDate(0, 0, 90)))
}

// forServer is the certificate of an RDAP server, or of the default page of a
// host: valid for as long as the authority itself.
func (a *authority) forServer(name string) (*tls.Certificate, error) {
	return a.issue([]string{name}, "server "+name, "", a.cert.NotBefore, a.cert.NotAfter)
}
