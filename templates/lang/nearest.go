package lang

import "strings"

// nearest returns the candidate that is most like name, or "" when none is
// near. Case, dots and underscores count for nothing.
func nearest(name string, candidates []string) string {
	best, distance := "", 4
	if len(name) > 60 {
		return "" // nobody's slip
	}
	for _, c := range candidates {
		d := editDistance(plain(name), plain(c))
		if short := editDistance(plain(name), plain(c[strings.IndexByte(c, '.')+1:])); short < d {
			d = short
		}
		if d < distance && d < max(2, len(plain(name))/2) {
			best, distance = c, d
		}
	}
	return best
}

func plain(name string) string {
	return strings.NewReplacer("_", "", ".", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// editDistance returns how many letters must be added, dropped or changed to
// make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
