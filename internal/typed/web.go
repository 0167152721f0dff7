package typed

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
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

// IsSite reports whether s is the address of a site: http or https, and a host.
func IsSite(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// IsHostPort reports whether s is a host, or none for all of a machine's own, and a
// port by number or name.
func IsHostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, named := strconv.Atoi(port)
	return err == nil && port != "" && (named != nil || n >= 0 && n <= 65535)
}
