package typed

import (
	"regexp"
	"strings"
)

// host is a name with a dot in it, and perhaps a port: what people type for a
// web address (www.shop.nl/actie). A scheme has no dot before its colon, unless
// it is one of a program's own (com.example.app:), behind which no port comes.
var host = regexp.MustCompile(`^[\pL\pN](?:[\pL\pN-]*[\pL\pN])?(?:\.[\pL\pN](?:[\pL\pN-]*[\pL\pN])?)+(?::[0-9]{1,5})?(?:[/?#]\S*)?$`)

// WebAddress returns the address as a link needs it: one that begins with a
// host's name gets https://. All else stays as it is, also what is no address.
func WebAddress(s string) string {
	s = strings.TrimSpace(s)
	if host.MatchString(s) {
		return "https://" + s
	}
	return s
}
