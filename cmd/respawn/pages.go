package main

import "net/http"

// pages is the dashboard over the database.
func (a *app) pages(k *scannerKit) http.Handler { return http.NotFoundHandler() }
