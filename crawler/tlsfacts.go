package crawler

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"respawn/tracker"
)

// maxSANs bounds what one certificate may add to a capture; bundles of shared
// hosts carry a hundred, hostile ones may carry a million.
const maxSANs = 1000

// cipherSuites are those that Chrome offers below TLS 1.3, and the two of ECDSA
// with CBC that Go does: without the exchange by RSA, which Go leaves out, a site
// that its readers see would be closed to us. Old versions of TLS are spoken
// though browsers refuse them: what stands there is evidence all the same, and
// TLS.Version tells that no reader saw it this way.
var cipherSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// handshake speaks TLS over conn and says what the certificate is. A certificate
// that does not verify is recorded as such and the connection used all the same:
// an expired certificate is a finding, not an obstacle.
// What ends the handshake may wait in f until the request is written and its
// answer read.
func (c *Crawler) handshake(ctx context.Context, f *flight, host string) (net.Conn, *tracker.TLS, error) {
	cfg := &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, // verified below, to record why not
		MinVersion:         tls.VersionTLS10,
		NextProtos:         []string{"http/1.1"}, // HTTP/2 loses the order and spelling of headers
		// Nothing secret is sent, so nobody needs to be kept from recording it now
		// and breaking it later: the post-quantum share would double the handshake.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		CipherSuites:     cipherSuites,
	}
	// A deadline and a hook: HandshakeContext would start a goroutine for each.
	deadline, _ := ctx.Deadline()
	_ = f.SetDeadline(deadline)
	raw := f.Conn
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	tc := tls.Client(f, cfg)
	err := tc.Handshake()
	if !stop() || err != nil && ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, nil, err
	}
	return tc, c.certs.facts(tc.ConnectionState(), host, c.cfg.Roots), nil
}

// A certCache keeps what certificates say, because a night meets the same few
// thousand every time and verifying the chain is the dear part. Whether the name
// is the certificate's is asked anew for each host.
type certCache struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[tracker.Digest]certFact // by leaf
}

type certFact struct {
	at    time.Time
	facts *tracker.TLS // shared; read only
}

const (
	maxCerts = 4096
	certAge  = time.Minute // a certificate may expire while we run, and a replay may go back
)

func (cc *certCache) facts(cs tls.ConnectionState, host string, roots *x509.CertPool) *tracker.TLS {
	if len(cs.PeerCertificates) == 0 {
		return &tracker.TLS{Version: tls.VersionName(cs.Version), Invalid: "no certificate"}
	}
	leaf := cs.PeerCertificates[0]
	t := cc.chain(cs, tracker.DigestOf(leaf.Raw), roots)
	if t.Invalid == "" && leaf.VerifyHostname(host) != nil {
		other := *t
		other.Invalid = "for other names"
		return &other
	}
	return t
}

func (cc *certCache) chain(cs tls.ConnectionState, id tracker.Digest, roots *x509.CertPool) *tracker.TLS {
	now := cc.now()
	cc.mu.Lock()
	f, ok := cc.seen[id]
	cc.mu.Unlock()
	if ok && now.Sub(f.at).Abs() < certAge && f.facts.Version == tls.VersionName(cs.Version) {
		return f.facts
	}
	leaf := cs.PeerCertificates[0]
	t := &tracker.TLS{
		Version:   tls.VersionName(cs.Version),
		Subject:   clean(leaf.Subject.String(), 512),
		Issuer:    clean(leaf.Issuer.String(), 512),
		SPKI:      tracker.DigestOf(leaf.RawSubjectPublicKeyInfo),
		Leaf:      id,
		NotBefore: leaf.NotBefore.UTC(),
		NotAfter:  leaf.NotAfter.UTC(),
		Invalid:   whyInvalid(cs.PeerCertificates, roots, now),
	}
	for _, san := range leaf.DNSNames {
		if len(t.SANs) == maxSANs {
			break
		}
		t.SANs = append(t.SANs, clean(strings.ToLower(san), 255))
	}
	cc.mu.Lock()
	defer cc.mu.Unlock()
	if cc.seen == nil || len(cc.seen) >= maxCerts {
		cc.seen = map[tracker.Digest]certFact{}
	}
	cc.seen[id] = certFact{now, t}
	return t
}

func whyInvalid(chain []*x509.Certificate, roots *x509.CertPool, now time.Time) string {
	opts := x509.VerifyOptions{Roots: roots, CurrentTime: now, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(opts)
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		if now.Before(chain[0].NotBefore) {
			return "not yet valid"
		}
		return "expired"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if leaf := chain[0]; string(leaf.RawIssuer) == string(leaf.RawSubject) {
			return "self-signed"
		}
		return "unknown authority"
	}
	return clean(err.Error(), 200)
}

// clean makes foreign text fit for a record: valid UTF-8, bounded.
func clean(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
