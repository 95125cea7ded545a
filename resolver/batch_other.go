//go:build !linux

package resolver

import (
	"errors"
	"net"
	"time"
)

// Elsewhere than on Linux every socket has a goroutine that reads it one datagram
// at a time (socket.pump); these types only stand where Linux has its batches.

const batchSize = 64

type batcher struct{}

type receiver struct{}

func newReceiver() *receiver { return nil }

func newBatcher(net.Conn) *batcher { return nil }

func (*batcher) wasRefused() bool { return false }

func (*batcher) write([][]byte) int { return 0 }

func (*receiver) read(*batcher) int { return 0 }

func (*receiver) datagram(int) []byte { return nil }

type sleeper struct{}

func newSleeper() (*sleeper, error) { return nil, errors.ErrUnsupported }

func (*sleeper) close() {}

func (*sleeper) wake() {}

func (*sleeper) watch([]*batcher) {}

func (*sleeper) sleep(time.Duration) {}

func (*sleeper) nap(time.Duration) {}

func (*sleeper) ready(int) bool { return false }
