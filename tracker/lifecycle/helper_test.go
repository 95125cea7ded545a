package lifecycle

import (
	"net/netip"
	"time"
)

var testAddr = []netip.Addr{netip.MustParseAddr("198.18.0.80")}

func hours(n int64) time.Duration { return time.Duration(n) * time.Hour }
