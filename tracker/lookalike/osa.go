package lookalike

// osa is the optimal string alignment distance of a and b (insertions, deletions,
// substitutions, and transpositions of neighbours, no part edited twice), or
// limit+1 where it is greater than limit. Both are shorter than 64 octets; nothing
// is allocated. After Hyyrö, A Bit-Vector Algorithm for Computing Levenshtein and
// Damerau Edit Distances, 2003.
func osa(a, b []byte, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	if len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b))
	}
	var where [256]uint64 // in a
	for i, c := range a {
		where[c] |= 1 << i
	}
	last := uint64(1) << (len(a) - 1)
	vp, vn, d0, prev := ^uint64(0), uint64(0), uint64(0), uint64(0)
	dist := len(a)
	for j, c := range b {
		pm := where[c]
		d0 = ((^d0&pm)<<1)&prev | ((pm & vp) + vp) ^ vp | pm | vn
		hp := vn | ^(d0 | vp)
		hn := d0 & vp
		switch {
		case hp&last != 0:
			dist++
		case hn&last != 0:
			dist--
		}
		if dist-(len(b)-1-j) > limit {
			return limit + 1
		}
		hp, hn, prev = hp<<1|1, hn<<1, pm
		vp = hn | ^(d0 | hp)
		vn = hp & d0
	}
	return dist
}
