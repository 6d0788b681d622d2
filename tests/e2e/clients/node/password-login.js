'use strict';
const { platformFor, tour } = require('./tour');

tour(platformFor(), {
  username: process.env.RC_USERNAME,
  extension: process.env.RC_EXTENSION,
  password: process.env.RC_PASSWORD,
});
