package main

import (
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) workerCommand() *cobra.Command   { return nil }
func (a *app) timelineCommand() *cobra.Command { return nil }
func (a *app) exportCommand() *cobra.Command   { return nil }
func (a *app) matchCommand() *cobra.Command    { return nil }
func (a *app) doctorCommand() *cobra.Command   { return nil }

func (a *app) pages(k *scannerKit) http.Handler { return http.NotFoundHandler() }
