"""Where pull requests are discussed: GitHub, GitLab, Bitbucket. Used by ``comment`` alone."""
