package form

import "strings"

// Domain returns the part of a mail address behind the @, in small letters.
func Domain(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
