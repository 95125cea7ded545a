package export

import (
	"crypto/sha1" // RFC 9562 makes version 5 of it; nothing is secured by it
	"encoding/hex"
)

// Namespaces of version 5 UUIDs. That of STIX observables is fixed by STIX 2.1,
// section 2.9; the other is our own and must never change, or every import of the
// same facts would become new objects.
var (
	stixSpace    = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}
	respawnSpace = [16]byte{0x6f, 0x1d, 0x7c, 0x52, 0x3b, 0x0e, 0x4d, 0x95, 0x8a, 0x64, 0x2e, 0x91, 0xc0, 0x57, 0xdb, 0x38}
)

// uuid5 is the UUID of a name in a namespace (RFC 9562, section 5.5).
func uuid5(space [16]byte, name string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(name))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	x := hex.EncodeToString(u)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
