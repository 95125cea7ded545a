package feed

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Merkle trees as RFC 6962, 2.1 defines them, and the hash tiles in which
// static-ct-api logs publish them.

const (
	hashSize   = sha256.Size
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// maxTreeSize is what the 40-bit leaf_index of static-ct-api can count.
	maxTreeSize = 1 << 40
)

type hash = [hashSize]byte

func nodeHash(left, right hash) hash {
	var b [1 + 2*hashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+hashSize:], right[:])
	return sha256.Sum256(b[:])
}

// leafHash is the hash of a MerkleTreeLeaf.
func leafHash(leaf []byte) (out hash) {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	h.Sum(out[:0])
	return out
}

// stampedHash is the hash of the leaf with a TimestampedEntry: before it stand
// version v1 and type timestamped_entry, both zero (RFC 6962, 3.4).
func stampedHash(stamped []byte) (out hash) {
	h := sha256.New()
	h.Write([]byte{0, 0, 0})
	h.Write(stamped)
	h.Sum(out[:0])
	return out
}

// perfectHash is the hash of the subtree over tile's hashes, of which there are a
// power of two.
func perfectHash(tile []byte) hash {
	var level [tileWidth]hash
	n := len(tile) / hashSize
	for i := range n {
		level[i] = hash(tile[i*hashSize:])
	}
	for ; n > 1; n /= 2 {
		for i := range n / 2 {
			level[i] = nodeHash(level[2*i], level[2*i+1])
		}
	}
	return level[0]
}

// rootHash is the head of the tree of size leaves. edge returns the last tile of
// a level, cut to width hashes.
func rootHash(size int64, edge func(level int, n int64, width int) ([]byte, error)) (hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	// The tree is a row of perfect subtrees, one for each bit of size, largest
	// first; each is made of neighbouring hashes of one edge tile. The head joins
	// them from the right.
	var root hash
	joined := false
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		count := size >> (tileHeight * level)
		width := int(count % tileWidth)
		if width == 0 {
			continue
		}
		tile, err := edge(level, count/tileWidth, width)
		if err != nil {
			return hash{}, err
		}
		for width > 0 {
			k := 1 << bits.TrailingZeros(uint(width))
			sub := perfectHash(tile[(width-k)*hashSize : width*hashSize])
			if joined {
				sub = nodeHash(sub, root)
			}
			root, joined = sub, true
			width -= k
		}
	}
	return root, nil
}

// A tileID names one tile: level -1 is the data tile beside level 0.
type tileID struct {
	level int
	n     int64
	width int // 1 to tileWidth
}

// path is the tile's address below the monitoring prefix.
func (t tileID) path() string {
	n := fmt.Sprintf("%03d", t.n%1000)
	for rest := t.n / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	var b strings.Builder
	b.WriteString("tile/")
	if t.level < 0 {
		b.WriteString("data/")
	} else {
		b.WriteString(strconv.Itoa(t.level) + "/")
	}
	b.WriteString(n)
	if t.width < tileWidth {
		b.WriteString(".p/" + strconv.Itoa(t.width))
	}
	return b.String()
}

// errTile is wrapped by errors about tiles that do not lead to the signed head.
var errTile = errors.New("hash tile does not lead to the signed head")

// hashTiles hands out the hash tiles of one tree, each only after its hashes led
// to the head of the tree.
type hashTiles struct {
	get  func(context.Context, tileID) ([]byte, error)
	size int64
	edge [maxLevels][]byte // verified; nil where the level ends with a full tile
	last [maxLevels]struct {
		n    int64
		tile []byte // verified; the last full tile that was asked for
	}
}

const maxLevels = 6 // 40 bits of leaves, and one more for the loop's end

// openTiles fetches the right edge of the tree and checks that it gives root.
func openTiles(ctx context.Context, get func(context.Context, tileID) ([]byte, error), size int64, root hash) (*hashTiles, error) {
	if size < 0 || size > maxTreeSize {
		return nil, fmt.Errorf("%w: %d leaves", errTile, size)
	}
	h := &hashTiles{get: get, size: size}
	got, err := rootHash(size, func(level int, n int64, width int) ([]byte, error) {
		tile, err := h.fetch(ctx, tileID{level, n, width})
		h.edge[level] = tile
		return tile, err
	})
	if err != nil {
		return nil, err
	}
	if got != root {
		return nil, fmt.Errorf("%w: the right edge of %d leaves gives %x, signed is %x", errTile, size, got, root)
	}
	return h, nil
}

func (h *hashTiles) fetch(ctx context.Context, t tileID) ([]byte, error) {
	tile, err := h.get(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(tile) != t.width*hashSize {
		return nil, fmt.Errorf("%w: %s has %d octets", errTile, t.path(), len(tile))
	}
	return tile, nil
}

// tile returns all hashes that the tree has in tile n of a level.
func (h *hashTiles) tile(ctx context.Context, level int, n int64) ([]byte, error) {
	count := h.size >> (tileHeight * level)
	switch {
	case n < 0 || n*tileWidth >= count:
		return nil, fmt.Errorf("%w: there is no tile %d at level %d of %d leaves", errTile, n, level, h.size)
	case n == count/tileWidth:
		return h.edge[level], nil
	case h.last[level].tile != nil && h.last[level].n == n:
		return h.last[level].tile, nil
	}
	// A full tile is one hash of its parent, which has to be believed first.
	parent, err := h.tile(ctx, level+1, n/tileWidth)
	if err != nil {
		return nil, err
	}
	t := tileID{level, n, tileWidth}
	tile, err := h.fetch(ctx, t)
	if err != nil {
		return nil, err
	}
	if at := int(n%tileWidth) * hashSize; perfectHash(tile) != hash(parent[at:at+hashSize]) {
		return nil, fmt.Errorf("%w: %s is not what level %d says", errTile, t.path(), level+1)
	}
	h.last[level].n, h.last[level].tile = n, tile
	return tile, nil
}

// rootAt is the head that the tree had at an earlier size: equal to the one that
// was signed then if the log only ever appended.
func (h *hashTiles) rootAt(ctx context.Context, size int64) (hash, error) {
	if size > h.size {
		return hash{}, fmt.Errorf("%w: %d leaves of %d", errTile, size, h.size)
	}
	return rootHash(size, func(level int, n int64, width int) ([]byte, error) {
		tile, err := h.tile(ctx, level, n)
		if err != nil {
			return nil, err
		}
		return tile[:width*hashSize], nil
	})
}

// errProof is wrapped where a consistency proof proves nothing.
var errProof = errors.New("consistency proof does not hold")

// checkConsistency verifies that the tree of size n with head newRoot extends the
// one of size m with head oldRoot (RFC 9162, 2.1.4.2). 0 < m <= n. From a proof
// that holds it also knows the frontier of the smaller tree; it is nil for m = n,
// which needs no proof.
func checkConsistency(m, n int64, oldRoot, newRoot hash, proof [][]byte) (*frontier, error) {
	if m == n {
		if oldRoot != newRoot || len(proof) > 0 {
			return nil, errProof
		}
		return nil, nil
	}
	if m <= 0 || m > n || len(proof) == 0 {
		return nil, errProof
	}
	path := make([]hash, 0, len(proof)+1)
	if m&(m-1) == 0 {
		path = append(path, oldRoot)
	}
	for _, p := range proof {
		if len(p) != hashSize {
			return nil, errProof
		}
		path = append(path, hash(p))
	}
	level := bits.TrailingZeros64(uint64(m))
	fn, sn := (m-1)>>level, (n-1)>>level
	fr, sr := path[0], path[0]
	f := &frontier{size: m}
	f.nodes[level] = path[0]
	for _, c := range path[1:] {
		if sn == 0 {
			return nil, errProof
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = nodeHash(c, fr), nodeHash(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn >>= 1
				sn >>= 1
				level++
			}
			f.nodes[level] = c // a perfect subtree to the left of those before it
		} else {
			sr = nodeHash(sr, c)
		}
		fn >>= 1
		sn >>= 1
		level++
	}
	if fr != oldRoot || sr != newRoot || sn != 0 || f.root() != oldRoot {
		return nil, errProof
	}
	return f, nil
}

// A frontier is what has to be kept of a tree to append to it: the perfect
// subtrees that it is made of. nodes[i], of 1<<i leaves, counts where bit i of
// size is set. The zero frontier is that of the empty tree.
type frontier struct {
	size  int64
	nodes [41]hash // maxTreeSize has one bit, the 40th
}

// add appends the hash of a leaf.
func (f *frontier) add(h hash) {
	i := 0
	for ; f.size>>i&1 == 1; i++ {
		h = nodeHash(f.nodes[i], h)
	}
	f.nodes[i] = h
	f.size++
}

// root is the head of the tree.
func (f *frontier) root() hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	i := bits.TrailingZeros64(uint64(f.size))
	root := f.nodes[i]
	for i++; f.size>>i > 0; i++ {
		if f.size>>i&1 == 1 {
			root = nodeHash(f.nodes[i], root)
		}
	}
	return root
}

// text is the frontier for [Position.Edge].
func (f *frontier) text() string {
	var b []byte
	for i := range f.nodes {
		if f.size>>i&1 == 1 {
			b = append(b, f.nodes[i][:]...)
		}
	}
	return base64.StdEncoding.EncodeToString(b)
}

// parseFrontier reads what text wrote; false where it is no frontier of size
// leaves.
func parseFrontier(size int64, text string) (*frontier, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || size < 0 || size > maxTreeSize || len(b) != bits.OnesCount64(uint64(size))*hashSize {
		return nil, false
	}
	f := &frontier{size: size}
	for i := range f.nodes {
		if size>>i&1 == 1 {
			f.nodes[i], b = hash(b[:hashSize]), b[hashSize:]
		}
	}
	return f, true
}
