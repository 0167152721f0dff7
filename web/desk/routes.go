package desk

import (
	"net/http"

	"keur/accounts"
	"keur/labels"
)

// Route is one way into the desk. Who may take it is said beside it, and
// decided before the handler runs; a test walks them all with every role.
type Route struct {
	Method, Path string
	Access       Access
	Handle       func(*Exchange) error
}

// Get is a route that shows something.
func Get(path string, access Access, handle func(*Exchange) error) Route {
	return Route{Method: http.MethodGet, Path: path, Access: access, Handle: handle}
}

// Post is a route that changes something.
func Post(path string, access Access, handle func(*Exchange) error) Route {
	return Route{Method: http.MethodPost, Path: path, Access: access, Handle: handle}
}

// Access says for whom a route is.
type Access struct {
	accounts.Access
	stranger bool                  // also those who aren't signed in
	guard    func(*Exchange) error // finds the label that it is about, and sets the exchange's, or those that share it
}

// Everyone is every user, whatever their roles.
func Everyone() Access { return Access{} }

// Strangers are also those who haven't signed in.
func Strangers() Access { return Access{stranger: true} }

// Admins are those of the whole installation.
func Admins() Access { return Access{Access: accounts.Access{Admin: true}} }

// Anywhere demands one of the roles under some label, for what labels share.
func Anywhere(roles ...accounts.Role) Access { return Access{Access: accounts.Access{Roles: roles}} }

// Under demands one of the roles for the label that the address chooses
// (?label=nl), or else the one that the user chose last. Where that says none of
// several, the page asks.
func Under(roles ...accounts.Role) Access {
	return UnderThat(roles, func(*Exchange) (labels.ID, error) { return 0, nil })
}

// UnderThat is Under, but for the label of what the address speaks of, where
// find says one.
func UnderThat(roles []accounts.Role, find func(*Exchange) (labels.ID, error)) Access {
	return Access{Access: accounts.Access{Roles: roles}, guard: func(x *Exchange) error {
		label, err := find(x)
		if err != nil || x.Writer.Written() {
			return err
		}
		if label == 0 {
			return chooseLabel(x, accounts.Access{Roles: roles})
		}
		return x.About(label)
	}}
}
