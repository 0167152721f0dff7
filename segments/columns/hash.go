package columns

import "math/bits"

// hashMember is PostgreSQL's hashint8extended, which decides about shares,
// samples and buckets. Partitioning by hash rests on it, so it stays as it is.
func hashMember(member, seed int64) uint64 {
	low, high := uint32(member), uint32(member>>32)
	if member < 0 {
		high = ^high
	}
	const start = 0x9e3779b9 + 4 + 3923095
	a, b, c := uint32(start), uint32(start), uint32(start)
	if seed != 0 {
		a += uint32(uint64(seed) >> 32)
		b += uint32(seed)
		a, b, c = mix(a, b, c)
	}
	return final(a+(low^high), b, c)
}

// mix and final are those of Bob Jenkins' lookup3.
func mix(a, b, c uint32) (uint32, uint32, uint32) {
	a, c = (a-c)^bits.RotateLeft32(c, 4), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 6), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 8), b+a
	a, c = (a-c)^bits.RotateLeft32(c, 16), c+b
	b, a = (b-a)^bits.RotateLeft32(a, 19), a+c
	c, b = (c-b)^bits.RotateLeft32(b, 4), b+a
	return a, b, c
}

func final(a, b, c uint32) uint64 {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return uint64(b)<<32 | uint64(c)
}

// bucketOfMember is memberships.bucket.
func bucketOfMember(member int64) int { return int(hashMember(member, 0) & 1023) }
