package request

import (
	"keur/requests"
	"keur/web/desk"
)

// formWithFile reads a form that may bring a file along.
func (s *ticket) formWithFile(x *desk.Exchange, name string) (desk.Form, []requests.Upload, error) {
	f, files, err := desk.ReadFormWithFiles(x, name, requests.MaxFile)
	var uploads []requests.Upload
	for _, file := range files {
		uploads = append(uploads, requests.Upload(file))
	}
	return f, uploads, err
}

// requestFile hands a file out.
func (s *ticket) requestFile(x *desk.Exchange) error {
	number, err := x.ID("file")
	if err != nil {
		return err
	}
	return s.handOut(x, desk.Found[requests.Request](x).ID, number)
}

func (s *ticket) handOut(x *desk.Exchange, id requests.ID, number int64) error {
	name, bytes, err := s.Requests.File(x.Context(), id, number)
	if err != nil {
		return err
	}
	return desk.HandOut(x, name, bytes)
}
