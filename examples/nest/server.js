require('./dist/main.js')
