package egress

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestGuardRefusesEveryWayInside(t *testing.T) {
	d, err := New(Config{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		t.Errorf("dialed %s", address)
		return nil, errors.New("dialed")
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"127.0.0.1:80", "127.8.9.1:443", "10.1.2.3:80", "172.31.0.1:80", "192.168.1.1:80", "0.0.0.0:80",
		"169.254.169.254:80", // metadata of the clouds
		"100.64.0.1:80",      // shared address space
		"100.100.100.200:80", // metadata of one more cloud, inside it
		"224.0.0.251:80", "255.255.255.255:80", "240.0.0.1:80",
		"198.18.0.80:80", "192.0.2.1:80", "192.88.99.1:80",
		"[::1]:80", "[::]:80", "[fe80::1]:80", "[fe80::1%25eth0]:80", "[fd00:ec2::254]:80", "[ff02::1]:80",
		"[::ffff:127.0.0.1]:80", "[::ffff:7f00:1]:80", "[::ffff:8.8.8.8]:80", "[::127.0.0.1]:80",
		"[64:ff9b::7f00:1]:80", "[64:ff9b:1::7f00:1]:80", "[2002:7f00:1::]:80", "[2001:0:7f00:1::]:80",
		"2130706433:80", "0x7f000001:80", "0177.0.0.1:80", "127.1:80", "127.0.0.1.:80",
		"localhost:80", "example.com:80", ":80", "8.8.8.8:http", "8.8.8.8",
		"8.8.8.8:25", "8.8.8.8:53", "8.8.8.8:0", "8.8.8.8:22",
	} {
		if c, err := d.DialContext(t.Context(), "tcp", address); !errors.Is(err, ErrGuard) {
			t.Errorf("%s: conn %v, err %v; want the guard", address, c, err)
		}
	}
}

func TestGuardLetsThePublicInternetThrough(t *testing.T) {
	var dialed string
	d, err := New(Config{
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("fd00:77::/32")},
		WebPorts:      []uint16{8443},
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			dialed = address
			a, b := net.Pipe()
			_ = b.Close()
			return a, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		dial    DialFunc
		address string
		ok      bool
	}{
		{d.DialContext, "8.8.8.8:443", true},
		{d.DialContext, "8.8.8.8:8443", true},
		{d.DialContext, "8.8.8.8:43", false},
		{d.DialContext, "[2606:4700::1111]:80", true},
		{d.DialContext, "198.19.3.4:80", true},
		{d.DialContext, "198.19.3.4:8080", true}, // a network that a person opened is open on every port
		{d.DialContext, "[fd00:77::1]:80", true},
		{d.DialContext, "[fd00:78::1]:80", false},
		{d.DialContext, "[::ffff:198.18.0.1]:80", false}, // mapped forms pass under no name
		{d.DialContext, "198.20.0.1:81", false},
		{d.DialDNS, "8.8.8.8:53", true},
		{d.DialDNS, "8.8.8.8:853", true},
		{d.DialDNS, "8.8.8.8:443", false},
		{d.DialDNS, "127.0.0.1:53", false},
		{d.DialRegistration, "8.8.8.8:43", true},
		{d.DialRegistration, "8.8.8.8:53", false},
		{d.DialTrusted, "127.0.0.1:5432", true},
	} {
		dialed = ""
		c, err := tt.dial(t.Context(), "tcp", tt.address)
		if tt.ok && (err != nil || dialed != tt.address) {
			t.Errorf("%s: dialed %q, err %v; want it through", tt.address, dialed, err)
		}
		if !tt.ok && (!errors.Is(err, ErrGuard) || dialed != "") {
			t.Errorf("%s: dialed %q, err %v; want the guard", tt.address, dialed, err)
		}
		if c != nil {
			_ = c.Close()
		}
	}
}

// The socket's own address is judged too: a real dial whose address is private
// by the time of connect never sends a packet.
func TestGuardJudgesTheSocket(t *testing.T) {
	l := listen(t)
	d, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	// dialBase is what runs after every check made on text.
	c, err := d.dialBase(t.Context(), "tcp", l.Addr().String(), &d.web)
	if !errors.Is(err, ErrGuard) {
		t.Fatalf("conn %v, err %v; want the guard at connect time", c, err)
	}
	c, err = d.dialBase(t.Context(), "udp", "127.0.0.1:53", &d.dns)
	if !errors.Is(err, ErrGuard) {
		t.Fatalf("conn %v, err %v; want the guard on UDP too", c, err)
	}
}

// A name that answers with a public address at the first look-up and a private
// one at the second is judged by the address that is dialed.
func TestRebinding(t *testing.T) {
	var dialed []string
	d, err := New(Config{Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		dialed = append(dialed, address)
		return nil, errors.New("no route")
	}})
	if err != nil {
		t.Fatal(err)
	}
	answers := []string{"8.8.8.8", "127.0.0.1", "169.254.169.254"}
	lookup := func(context.Context, string) ([]netip.Addr, error) {
		a := netip.MustParseAddr(answers[0])
		answers = answers[1:]
		return []netip.Addr{a}, nil
	}
	for i, dial := range []DialFunc{d.DialHost(lookup), d.DialResolved(lookup, d.DialRegistration), d.DialResolved(lookup, d.DialContext)} {
		_, err := dial(t.Context(), "tcp", "rebind.example:443")
		if guarded := errors.Is(err, ErrGuard); guarded != (i > 0) {
			t.Errorf("answer %d: %v; want the guard for the private ones alone", i, err)
		}
	}
	if got := strings.Join(dialed, " "); got != "8.8.8.8:443" {
		t.Errorf("dialed %q, want the public address alone", got)
	}
}

func TestDialHost(t *testing.T) {
	var dialed string
	d, err := New(Config{
		Hosts: []string{"WHOIS.office.example:4343", "127.0.0.1:4343", "localhost:4343"},
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			dialed = address
			return nil, errors.New("no route")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "whois.nic.example":
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("9.9.9.9")}, nil
		case "whois.office.example", "inside.example":
			return []netip.Addr{netip.MustParseAddr("10.0.0.2")}, nil
		}
		return nil, errors.New("no such host")
	}
	for _, tt := range []struct{ name, address, want string }{
		{"a host's public address is found behind a private one", "whois.nic.example:43", "9.9.9.9:43"},
		{"only registration ports", "whois.nic.example:4343", ""},
		{"a private host nobody wrote down", "inside.example:43", ""},
		{"a private host that a person wrote down", "whois.office.example:4343", "10.0.0.2:4343"},
		{"on that port alone", "whois.office.example:43", ""},
		{"a loopback endpoint that a person wrote down", "127.0.0.1:4343", "127.0.0.1:4343"},
		{"localhost where a person wrote it down", "localhost:4343", "localhost:4343"},
		{"localhost where nobody did", "localhost:43", ""},
		{"another port on loopback", "127.0.0.1:43", ""},
		{"a decimal address", "2130706433:43", ""},
		{"a hexadecimal address", "0x7f.0x1:43", ""},
	} {
		dialed = ""
		_, err := d.DialHost(lookup)(t.Context(), "tcp", tt.address)
		if dialed != tt.want || (tt.want == "") != errors.Is(err, ErrGuard) {
			t.Errorf("%s: dialed %q, err %v; want %q", tt.name, dialed, err, tt.want)
		}
	}
}

func TestNewRefusesProxiesItCannotUse(t *testing.T) {
	for _, proxy := range []string{"socks4://h:1", "socks5://h", "h:1", "https://h:1", "http://user:secret@ho st:1"} {
		_, err := New(Config{Proxy: proxy})
		if err == nil {
			t.Errorf("%s: no error", proxy)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in the error: %v", proxy, err)
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
